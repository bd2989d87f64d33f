# The console's places and lists.
place-applications = Applications
place-certificates = Certificates
place-checks = Checks
place-enforcement-points = Enforcement points
place-fleet = Fleet
place-grants = Grants
place-groups = Groups
place-tokens = Tokens
resources-lead = What is protected, how it is labelled, and the way in.
no-resources = There is no application yet. An application is a document of the kind `resource`.
certificates-lead = The certificates that browsers and agents see. The one that ends first stands first.
no-certificates = No certificate has been shown yet.
checks-lead = What every device is asked for. A device that fails one is not compliant.
no-checks = There is no check. Devices that report are compliant without any.
enforcement-points-lead = Proxies and applications of others that ask for decisions here and carry them out.
no-enforcement-points = No other enforcement point asks for decisions. Sekisho's own gateway is not listed.
grants-lead = Who may use what, and until when. A grant alone permits nothing: a policy has to read it.
no-grants = Nobody has a grant.
groups-lead = Groups of people and of other groups, as policies name them. The search finds them by identifier.
no-groups = There is no group yet.
tokens-lead = Everybody's API tokens. A token can do no more than its owner.
no-tokens = Nobody has an API token.
no-users = There is no account yet.
no-sessions = Nobody is signed in.
identifier = Identifier
group = Group
in-groups = Is in
members-of = Members of { $group }
account = Account
take-out = Take out…
add-group = Add to a group
take-out-of = Take out of “{ $group }”…
add-person-hint = Account or name
add-person = Add a person
add-to-group = Add { $user } to “{ $group }”…
until = Until
grant-live = In force
grant-ended = Ended
check = Check
checked-fact = Reported fact
devices-failing = Devices that fail
devices-failing-check = Devices that fail { $check }
every-platform = Every platform
enforcement-point = Enforcement point
dialect = Protocol
asks-for = May ask for
keys-and-tokens = Keys and tokens
certificate-count = { $count ->
    [one] 1 certificate
   *[other] { $count } certificates
}
token-count = { $count ->
    [one] 1 token
   *[other] { $count } tokens
}
token = Token
roles = Roles
token-accepted = Accepted
token-refused = Refused
token-read-only = May only look
host = Host
source = Source
renewed-at = Renewed
every-host = Every host
certificate-good = Valid
certificate-ends-soon = Ends soon
certificate-ended = Ended
certificate-not-renewed = Not renewed
certificate-acme = ACME
certificate-files = Files
certificate-own = Own authority
devices-of = Devices of { $owner }
find-lead = Find people and applications by the beginning of a name or identifier, devices, groups and policies by that of an identifier, and addresses and requests by their whole number.
find-nothing = Nothing begins with “{ $typed }”.
find-all = Show all
resources-of-sekisho = Parts of Sekisho
token-last-used = Last used
