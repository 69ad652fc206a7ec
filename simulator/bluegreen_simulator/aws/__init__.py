"""The services of the embedded AWS behind moto's API, one room for each, and what they share."""
