// The suites' first file takes this one's place.
