// Asks the server once a second what there is, and shows it. Whatever comes from there is text.
"use strict";

const ROUTE = "/_bluegreen/";
const LOOK_MILLISECONDS = 1000;
const SAID_MILLISECONDS = 8000;
const LOOKS = {
  SUCCEEDED: "good", ROLLED_BACK: "back", REJECTED: "back", SUPERSEDED: "", FAILED: "bad",
  ROLLBACK_FAILED: "bad", TIMED_OUT: "bad",
  OK: "good", ALARM: "bad", INSUFFICIENT_DATA: "",
  INFO: "", WARNING: "back", CRITICAL: "bad",
  Approved: "good", Rejected: "bad", PendingManualApproval: "busy",
  InService: "good", Failed: "bad", UpdateRollbackFailed: "bad",
};
const STAGES = {
  PROVISIONING: "provisioning", SHIFTING: "shifting", BAKING: "baking",
  TERMINATING: "terminating", ROLLING_BACK: "rolling back",
};
const DOING = {
  PROVISIONING: "SageMaker is making the green fleet, which takes no traffic yet.",
  SHIFTING: "Traffic is moving to the green fleet.",
  BAKING: "Green takes its share, and SageMaker watches the alarms.",
  TERMINATING: "Green takes all traffic. SageMaker is deleting the blue fleet.",
  ROLLING_BACK: "SageMaker is rolling back to the blue fleet.",
};
const COMPARISONS = {
  GreaterThanThreshold: ">", GreaterThanOrEqualToThreshold: "≥",
  LessThanThreshold: "<", LessThanOrEqualToThreshold: "≤",
};

let seen = null; // the document as it came last
let chosen = null; // the key of a deployment that somebody looks at
let hushing = 0;

const at = (id) => document.getElementById(id);
const keyOf = (deployment) => `${deployment.StartedAt} ${deployment.DeploymentId}`;

// ---- The server ----------------------------------------------------------------------------

async function ask(path, method = "GET", body = undefined) {
  const sent = body === undefined ? {} : {
    headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(ROUTE + path, { method, ...sent });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error || told.message || answer.statusText);
  return told;
}

async function look() {
  try {
    seen = await ask("page/view");
  } catch (error) {
    at("lost").hidden = false;
    console.info(String(error));
    return;
  } finally {
    setTimeout(look, LOOK_MILLISECONDS);
  }
  at("lost").hidden = true;
  show();
}

async function act(button, words, ...call) {
  button.disabled = true;
  try {
    const told = await ask(...call);
    say(typeof words === "function" ? words(told) : words || told.done, false);
    seen = await ask("page/view");
  } catch (error) {
    say(`That did not work: ${error.message}`, true);
  }
  button.disabled = false;
  if (seen) show();
}

function say(words, refused) {
  const said = at("said");
  said.textContent = words;
  said.className = refused ? "refused" : "";
  clearTimeout(hushing);
  hushing = setTimeout(() => { said.textContent = ""; }, SAID_MILLISECONDS);
}

// ---- Pieces --------------------------------------------------------------------------------

function make(tag, look = "", ...parts) {
  const element = document.createElement(tag);
  if (look) element.className = look;
  element.append(...parts);
  return element;
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// Keeps the elements of a list by the keys of its items, so that focus and open details stay.
function list(id, items, key, create, update) {
  const parent = at(id);
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const name = key(item);
    const element = old.get(name) || create(item);
    element.dataset.key = name;
    update(element, item);
    return element;
  });
  wanted.forEach((element, place) => {
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place] || null);
  });
  while (parent.children.length > wanted.length) parent.lastChild.remove();
  const none = document.querySelector(`[data-none="${id}"]`);
  if (none) none.hidden = items.length > 0;
}

function badge(element, words) {
  write(element, words.replaceAll("_", " "));
  const look = words in LOOKS ? LOOKS[words] : "busy";
  element.className = `badge ${look}`;
}

const part = (element, name) => element.querySelector(`[data-part="${name}"]`);

function named(tag, look, name) {
  const element = make(tag, look);
  element.dataset.part = name;
  return element;
}

// ---- Times and numbers ---------------------------------------------------------------------

const moment = (text) => Date.parse(text);
const clock = (text) => text.slice(11, 19);
const day = (text) => text.slice(0, 10);

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function figure(value) {
  if (value === null) return "–";
  return Number(value.toPrecision(4)).toLocaleString("en-GB", { maximumSignificantDigits: 4 });
}

// ---- The whole -----------------------------------------------------------------------------

function show() {
  const deployment = deploymentShown();
  write(at("now"), `${day(seen.Now)} ${clock(seen.Now)}`);
  write(at("behind"), behindOf(seen.BehindSeconds));
  write(at("where"), `${seen.AccountId}, ${seen.Region}`);
  document.title = titleOf(deployment);
  showSpeed();
  showDeployment(deployment);
  const sample = seen.Endpoints.find((endpoint) => endpoint.EndpointName === "churn");
  at("sample").hidden = Boolean(sample);
  at("starting").hidden = !sample;
  showEndpoints();
  showAlarms();
  showPackages();
  showMessages();
  showDeployments();
  showFaults();
}

function behindOf(seconds) {
  if (seconds === null) return "";
  return seconds < 2 ? "like real time" : `${span(seconds * 1000)} behind real time`;
}

function deploymentShown() {
  const all = seen.Deployments;
  const running = all.filter((one) => one.Running);
  return all.find((one) => keyOf(one) === chosen)
    || running.find((one) => one.Stages.length) || running[0] || all[0] || null;
}

function titleOf(one) {
  const words = one === null ? "no deployment" : one.Running ? stateOf(one) : one.Verdict;
  return `${words.replaceAll("_", " ").toLowerCase()} – bluegreen`;
}

function showSpeed() {
  const speed = at("speed");
  if (document.activeElement === speed) return;
  const value = String(seen.Speed);
  if (![...speed.options].some((option) => option.value === value)) {
    const option = make("option", "", `${value} ×`);
    option.value = value;
    speed.append(option);
  }
  speed.value = value;
}

// ---- One deployment ------------------------------------------------------------------------

function showDeployment(one) {
  at("back").hidden = chosen === null;
  at("report").hidden = one === null || one.Running;
  if (one !== null) at("report").href = reportOf(one);
  const running = one !== null && one.Running;
  at("controls").hidden = !running;
  at("state").hidden = one === null;
  at("timeline").hidden = at("marks").hidden = at("legend").hidden = one === null || one.Stages.length === 0;
  if (one === null) {
    write(at("deployment-heading"), "No deployment yet");
    write(at("sentence"), "Start one below, or from a terminal: its progress shows here.");
    at("facts").replaceChildren();
    return;
  }
  write(at("deployment-heading"), one.DeploymentId);
  badge(at("state"), running ? stateOf(one) : one.Verdict + (one.Trigger ? ` (${one.Trigger})` : ""));
  if (!running) at("state").className = `badge ${lookOf(one)}`;
  if (running && stateOf(one) === "ROLLING_BACK") at("state").className = "badge back";
  write(at("sentence"), running ? doing(one) : `${one.Reason} ${one.RestsOn}`);
  showFacts(running ? factsOfRunning(one) : factsOfPast(one));
  if (one.Stages.length) draw(one);
  if (!running) return;
  const endpoint = endpointOf(one);
  const green = endpoint ? endpoint.PendingEndpointConfigName : "";
  at("break").disabled = !green || green in seen.FailingConfigs;
  at("abort").disabled = one.AbortRequested || stateOf(one) === "ROLLING_BACK";
}

// A success that says little is not shown as if it said much.
const lookOf = (one) => (one.Doubtful ? "back" : LOOKS[one.Verdict] || "");
const endpointOf = (one) => seen.Endpoints.find((endpoint) => endpoint.EndpointName === one.EndpointName);

function stateOf(one) {
  const last = one.Stages[one.Stages.length - 1];
  const endpoint = endpointOf(one);
  if (!last) return "WAITING";
  return endpoint && endpoint.Stage === "SETTLED" ? "CONCLUDING" : last.Stage;
}

function doing(one) {
  const state = stateOf(one);
  if (state === "WAITING") {
    const created = endpointOf(one)?.Status === "Creating";
    return created ? "SageMaker is creating the endpoint." : "It has not called UpdateEndpoint yet.";
  }
  if (state === "CONCLUDING") return "The endpoint has settled. The verdict follows.";
  const aborted = one.AbortRequested && state !== "ROLLING_BACK" ? " It is to be aborted." : "";
  return DOING[state] + aborted;
}

function factsOfRunning(one) {
  const endpoint = endpointOf(one);
  const now = moment(seen.Now);
  const facts = [["Endpoint", one.EndpointName], ["Deploys", deployed(one)]];
  if (endpoint && one.Stages.length) {
    facts.push(["Green's share", `${endpoint.TrafficPercent} %`]);
    facts.push(["Instances", `${endpoint.BlueInstances} blue, ${endpoint.GreenInstances} green`]);
  }
  facts.push(["Runs for", span(now - moment(one.StartedAt))]);
  if (one.PlannedStages && stateOf(one) !== "ROLLING_BACK") {
    const left = endOfPlan(one) - now;
    facts.push(["Left, if all goes well", left > 0 ? `about ${span(left)}` : "longer than expected"]);
  }
  return facts;
}

function factsOfPast(one) {
  const facts = [["Endpoint", one.EndpointName], ["Asked for", deployed(one)]];
  if (one.LiveEndpointConfigName) facts.push(["Serves since then", one.LiveEndpointConfigName]);
  if (one.TrippedAlarms.length) facts.push(["Alarms that tripped", one.TrippedAlarms.join(", ")]);
  facts.push(["Took", `${span(moment(one.EndedAt) - moment(one.StartedAt))}, until ${clock(one.EndedAt)}`]);
  return facts;
}

function deployed(one) {
  const version = (one.ModelPackageArn || "").split("/").slice(-2).join(" version ");
  return one.RequestedEndpointConfigName || version || "a request that could not be read";
}

function showFacts(facts) {
  list("facts", facts, (fact) => fact[0], ([name]) => make("div", "", make("dt", "", name), make("dd")),
    (element, [, value]) => write(element.lastChild, value));
}

function endOfPlan(one) {
  const last = one.PlannedStages[one.PlannedStages.length - 1];
  return moment(one.UpdateStartedAt) + 1000 * (last.StartsAfterSeconds + last.Seconds);
}

// ---- Its timeline --------------------------------------------------------------------------

// The server draws it, as it draws reports; another moment is another address.
function draw(one) {
  const picture = at("timeline");
  const shown = one.Running ? seen.Now : "end";
  const source = `${ROUTE}page/timeline?${queryOf(one)}&At=${encodeURIComponent(shown)}`;
  if (picture.getAttribute("src") !== source) picture.src = source;
  picture.alt = inWords(one);
  list("marks", one.Marks, (mark) => mark.At + mark.Words, () => make("li"),
    (element, mark) => write(element, `${mark.Words} at ${clock(mark.At)}`));
}

function inWords(one) {
  const told = one.Stages.map((stage) => `${STAGES[stage.Stage] || stage.Stage} with ${stage.TrafficPercent} % on green`);
  return `Timeline: ${told.join(", ")}.`;
}

// ---- The lists -----------------------------------------------------------------------------

function showEndpoints() {
  list("endpoints", seen.Endpoints, (one) => one.EndpointName, () => make("li", "",
    make("div", "line", named("span", "name", "name"), named("span", "badge", "status")),
    named("p", "under", "under"), named("div", "share", "share"),
  ), (element, one) => {
    const updating = Boolean(one.PendingEndpointConfigName);
    write(part(element, "name"), one.EndpointName);
    badge(part(element, "status"), one.Status);
    const serves = `serves ${one.EndpointConfigName}`;
    write(part(element, "under"), updating
      ? `${serves} ${100 - one.TrafficPercent} %, ${one.PendingEndpointConfigName} ${one.TrafficPercent} %` : serves);
    const share = part(element, "share");
    share.hidden = !updating;
    if (!share.firstChild) share.append(make("i"));
    share.firstChild.style.width = `${one.TrafficPercent}%`;
  });
}

function showAlarms() {
  list("alarms", seen.Alarms, (alarm) => alarm.AlarmName, () => make("li", "",
    make("div", "line", named("span", "name", "name"), named("span", "badge", "state"), named("span", "end", "since")),
    named("p", "under", "under"),
  ), (element, alarm) => {
    write(part(element, "name"), alarm.AlarmName);
    badge(part(element, "state"), alarm.State);
    write(part(element, "since"), `since ${clock(alarm.Since)}`);
    write(part(element, "under"), watches(alarm));
    element.title = alarm.Reason;
  });
}

function watches(alarm) {
  if (alarm.AlarmRule) return alarm.AlarmRule;
  const limit = `${COMPARISONS[alarm.ComparisonOperator] || alarm.ComparisonOperator || "against"} ${
    alarm.Threshold === undefined ? "a band" : figure(alarm.Threshold)}`;
  const values = alarm.Values.map(figure).join(", ") || "nothing";
  return `${alarm.MetricName || "an expression"} ${limit}; saw ${values}`;
}

function showPackages() {
  list("packages", seen.ModelPackages, (one) => one.ModelPackageArn, (one) => {
    const approve = make("button", "", "Approve");
    approve.dataset.part = "approve";
    approve.title = "UpdateModelPackage";
    approve.addEventListener("click", () => act(approve, "", "page/approve", "POST", { ModelPackageArn: one.ModelPackageArn }));
    return make("li", "", make("div", "line", named("span", "name", "name"), named("span", "badge", "status"), make("span", "end", approve)),
      named("p", "under", "under"));
  }, (element, one) => {
    const waits = one.ModelApprovalStatus === "PendingManualApproval";
    write(part(element, "name"), `${one.ModelPackageGroupName} version ${one.ModelPackageVersion}`);
    badge(part(element, "status"), one.ModelApprovalStatus);
    if (waits) write(part(element, "status"), "pending");
    part(element, "approve").hidden = !waits;
    part(element, "approve").setAttribute("aria-label", `Approve ${one.ModelPackageGroupName} version ${one.ModelPackageVersion}`);
    write(part(element, "under"), one.ApprovalDescription);
  });
}

function showMessages() {
  list("messages", seen.Messages, (one) => `${one.At} ${one.NotificationId || one.Subject}`, () => make("li", "",
    make("details", "", make("summary", "", make("div", "line", named("span", "dot", "dot"), named("span", "what", "subject"), named("span", "end", "at"))),
      named("pre", "", "text")),
  ), (element, one) => {
    part(element, "dot").className = `dot ${LOOKS[one.Severity] || ""}`;
    part(element, "dot").title = one.Severity;
    write(part(element, "subject"), one.Subject);
    write(part(element, "at"), clock(one.At));
    write(part(element, "text"), one.Text);
  });
}

const queryOf = ({ EndpointName, StartedAt, DeploymentId }) => new URLSearchParams({ EndpointName, StartedAt, DeploymentId });
const reportOf = (one) => `${ROUTE}page/report?${queryOf(one)}`;

function showDeployments() {
  list("deployments", seen.Deployments, keyOf, (one) => {
    const row = make("button", "row",
      make("span", "line", named("span", "badge", "verdict"), named("span", "name what", "id"), named("span", "end", "when")),
      named("span", "under", "reason"));
    row.addEventListener("click", () => { chosen = keyOf(one); show(); at("deployment").scrollIntoView({ block: "nearest" }); });
    const link = make("a", "", "Report");
    link.href = reportOf(one);
    link.target = "_blank";
    link.dataset.part = "report";
    link.setAttribute("aria-label", `Report on ${one.DeploymentId}`);
    return make("li", "", row, link);
  }, (element, one) => {
    const end = one.Running ? seen.Now : one.EndedAt;
    badge(part(element, "verdict"), one.Running ? stateOf(one) : one.Verdict);
    if (!one.Running) part(element, "verdict").className = `badge ${lookOf(one)}`;
    write(part(element, "id"), one.DeploymentId);
    write(part(element, "when"), `${clock(one.StartedAt)}, ${span(moment(end) - moment(one.StartedAt))}`);
    write(part(element, "reason"), one.Running ? doing(one) : one.Reason);
    part(element, "report").hidden = one.Running;
  });
}

function showFaults() {
  const failing = Object.entries(seen.FailingConfigs).map(([config, rate]) => `The models of ${config} fail ${figure(rate * 100)} % of their requests.`);
  const told = [...(seen.EventsDropped ? ["No event of AWS arrives; schedules still find out, only later."] : []), ...failing];
  write(at("fault-state"), told.join(" ") || "Nothing was asked to go wrong.");
  at("drop").disabled = seen.EventsDropped;
}

// ---- What the buttons do -------------------------------------------------------------------

function press(id, words, ...call) {
  at(id).addEventListener("click", () => act(at(id), words, ...call.map((part_) => (typeof part_ === "function" ? part_() : part_))));
}

press("make-sample", "", "page/make-sample", "POST", {});
press("register", "", "page/register", "POST", () => ({ model: at("model").value }));
press("abort", "", "page/abort", "POST", () => ({ EndpointName: deploymentShown().EndpointName }));
press("stop", "", "page/stop", "POST", () => ({ ExecutionArn: deploymentShown().ExecutionArn }));
press("break", "The models of green fail half of their requests from now on.", "faults", "POST", () => ({
  failing_model: { at: 0, config: endpointOf(deploymentShown()).PendingEndpointConfigName, error_rate: 0.5 },
}));
press("drop", "No event of AWS arrives any more.", "faults", "POST", { drop_events: true });
press("clear", "Nothing goes wrong any more.", "faults", "DELETE");
at("start").addEventListener("submit", (event) => {
  event.preventDefault();
  chosen = null;
  act(event.submitter || at("start").querySelector("button"), "", "page/start", "POST", { policy: at("policy").value, model: at("model").value });
});
const speedSet = (asked) => (told) => (told.speed === asked
  ? `One second is ${asked} seconds of virtual time now.`
  : "Virtual time has caught up with real time, and never passes it: it goes no faster.");
at("speed").addEventListener("change", () => {
  const speed = Number(at("speed").value);
  at("speed").blur();
  act(at("speed"), speedSet(speed), "clock", "POST", { speed });
});
at("back").addEventListener("click", () => { chosen = null; show(); });
addEventListener("resize", () => { if (seen) show(); });
look();
