package acme.partners

contract := {"gpt-4o", "claude-sonnet-4"}

ask contains {"action": "block", "message": sprintf("the contract of %s names other models", [input.user])} if {
	startswith(input.user, "partner-")
	not input.destination.model in contract
}
