// Takes the addresses of sponsors out of the lock that npm wrote; of packages it keeps none (.npmrc).

import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const held of Object.values(lock.packages)) delete held.funding;
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
