# Documents: their kinds, fields, forms, differences and history.
console-documents = Documents
console-documents-lead = Everything that is configured. Each change is planned first, names what it does to people, and can be taken back.
new = New
change = Change
remove = Remove
cancel = Cancel
save = Save
undo = Undo
colon = :
separator = ,
yes = yes
no = no
required = required
value = Value
condition = Condition
in-english = English
in-japanese = Japanese
older = Older revisions
make-new = New: { $kind }
edit-as-text = Edit as text (TOML or JSON)
as-text = The document as text
show-consequences = Show what this changes
no-documents = There is none yet.
changed-at = Changed
changed-by = By
make-and-change = Make and change
edit = Edit
history-and-changes = History and changes
history = History
revision = Revision
present = present
restore-this = Restore this
happened-made = Made
happened-changed = Changed
happened-removed = Removed
is-removed = This document is removed. An earlier revision can be restored.
done-saved = Saved, and in force.
done-document-removed = Removed.
differences = What changes
field = Field
before = Before
after = After
nothing-changes = Nothing changes: the document is as you want it.
not-saved = Not saved
wrong-fields = { $count ->
    [one] One field needs your attention.
   *[other] { $count } fields need your attention.
 }
wrong-missing = This field is required.
wrong-number = Write a whole number.
wrong-pair = Write one “name = value” in each line.
wrong-twice = A name is written twice.
wrong-choice = Choose one of the conditions.
wrong-taken = There is a document with this identifier already. Choose another, or change that one.
wrong-removed = Somebody removed this document in between. Restore it from its history.
wrong-own-account = You cannot disable or remove your own account.
wrong-said = { $message }
wrong-conflict = Somebody else changed something in between. Try again.
overtaken = Somebody else changed this document while you were editing
overtaken-text = What you typed is kept. The table shows how it differs from what is there now. If you save, your text replaces it.
problem-not-permitted = You are not permitted to do this.
impact = What this does to people
impact-none = Nobody gains or loses access, and no live session loses anything.
impact-at-least = The organisation is too large to compare whole: there may be more.
impact-gain = Gain access
impact-lose = Lose access
impact-cut = Live sessions that lose access
impact-cut-hint = What they have open there is cut within a second. A session that did not end stays signed in.
and-more = and { $count } more
and-more-resources = and { $count } more
warnings = Probably not meant
opening = Opens every resource
opens-everything = The policy “{ $policy }” names no resource. It opens every resource, including the Sekisho console.
confirm-change = Confirm the change
grant-make-anyway = Make the grant all the same
grant-useless = As things are, this grant changes nothing: no policy that reads it is satisfied.
planned-only = You may plan this change. Somebody who may write these documents has to save it.
back-to-form = Back to the form
confirm-removal = Confirm the removal
removal-text = The history stays: the document can be restored.
not-removed = Not removed
overtaken-removal = Somebody else changed this document in between. Look at it again before you remove it.
policy-valid = The policies are valid.
names = Names of attributes
check-policy = Check

# The kinds.
kind-user = Users
kind-group = Groups
kind-device = Devices
kind-check = Device checks
kind-resource = Applications and resources
kind-grant = Grants
kind-enforcement-point = Enforcement points
kind-workload = Workloads
kind-identity-provider = Identity providers
kind-threat-list = Threat lists
kind-threat-feed = Threat feeds
kind-label = Labels of data
kind-policy = Policy files
kind-settings = Settings
about-kind-user = People’s accounts.
about-kind-group = Groups of people, which may be in other groups.
about-kind-device = Devices and whom they belong to.
about-kind-check = What a device must report to count as compliant.
about-kind-resource = What is protected: web applications, TCP services, APIs, data.
about-kind-grant = Access of one person to one resource until a time.
about-kind-enforcement-point = Proxies and applications that ask Sekisho for decisions.
about-kind-workload = Programs that ask in their own name, each with an owner.
about-kind-identity-provider = OpenID providers with which people sign in.
about-kind-threat-list = Networks with a threat score.
about-kind-threat-feed = Where hostile addresses are read from.
about-kind-label = What data is, how sensitive that is, and by what it is recognised.
about-kind-policy = Files of Cedar policies.
about-kind-settings = Length of sessions, time zone, network zones.

# The fields.
field-label-parent = Belongs to
field-label-owner = Owner
field-label-resources = Resources by rule
field-label-finds = Kinds of values
field-label-at-least = How many values
hint-label-parent = A wider label. This one is at least as sensitive.
hint-label-finds = One in each line: my-number, corporate-number, payment-card, email, telephone, secret. Data in which a scan finds one of them carries the label.
hint-label-at-least = How many values of one kind a scan must find; 1 unless written.
field-id = Identifier
field-name = Name
field-email = Mail address
field-department = Department
field-employment = Employment
field-clearance = Clearance
field-status = State
field-identity-assurance = Identity assurance
field-groups = Groups
field-parent-groups = Is in the groups
field-attributes = Attributes for policies
field-device-owner = Assigned to
field-ownership = Belongs to
field-platform = Platform
field-managed = Managed by the organisation
field-key = Key
field-public-key = Public key
field-tokens = Tokens
field-enrolled-at = Enrolled
field-platforms = Platforms
field-fact = Reported fact
field-expect = What it must be
field-unless = Does not apply where
field-check-reason = Why a device that fails is not compliant
field-remedy = What the person can do
field-description = Description
field-resource-kind = Kind
field-host = Host name
field-upstream = Address of the application
field-addresses = Addresses of the TCP service
field-resource-owner = Responsible person
field-sensitivity = Sensitivity
field-categories = Categories
field-environment = Environment
field-client-certificate = Certificate of the device
field-allowed-origins = Origins that may call it
field-transport-security = Strict-Transport-Security
field-requests = Rules for requests
field-grant-user = Person
field-grant-resource = Resource
field-until = Until
field-grant-reason = Reason
field-speaks = What it is
field-resources = May ask for
field-port = Port
field-foreign-names = Its names for resources
field-foreign-subjects = Its names for people
field-provider-enabled = On the sign-in page
field-workload-owner = Owner
field-workload-disabled = Disabled
field-trusts = Trusted issuers
field-issuer = Issuer
field-client-id = Client ID
field-scopes = Scopes
field-provider-authorities = Trusted authorities (PEM)
field-trusted-assurance = Highest assurance that it can prove
field-acr = Assurance of authentication contexts
field-groups-claim = Claim with the groups
field-claim-groups = Groups by value of the claim
field-claim-attributes = Attributes by claim
hint-workload-id = 1 to 64 of a-z, 0-9 and -. It is the name in policies and in its SPIFFE ID.
hint-workload-owner = The account that answers for it. While that account is disabled the workload may ask for nothing.
hint-trusts = JSON: a list of objects with issuer, audience, subject and perhaps claims and authorities. Example: [{"issuer": "https://ci.example.com", "audience": "sekisho", "subject": "repo:acme/app:*"}]
hint-issuer = The https address that the provider’s metadata names as its issuer.
hint-scopes = One per line. “openid” is always requested.
hint-provider-authorities = Empty to trust the authorities of the system.
hint-trusted-assurance = 1, 2 or 3. Claims beyond it count as this.
hint-acr = A value of “acr” and the assurance that it proves: phr = 3
hint-claim-groups = A value of the claim and the group here: engineering = engineers
hint-claim-attributes = An attribute and its claim: department = dept
field-foreign-actions = Its names for actions
field-entries = Networks and scores
field-feed-url = Address of the feed
field-feed-format = Format
field-feed-score = Score
field-minimum-confidence = Lowest confidence
field-feed-every = Read every
field-allowed = Never a threat
field-policy-text = Policies
field-session-length = Length of a session
field-session-idle = Length without a request
field-posture-freshness = Age of a device’s report
field-time-zone = Time zone
field-utc-offset = Minutes east of UTC
field-zones = Network zones

# What helps to fill them in.
hint-id = Small letters, digits and . _ @ - only. It cannot be changed later.
hint-user-id = What the person types to sign in.
hint-lines = One identifier in each line.
hint-map = One “name = value” in each line. A list: team = ["a", "b"]
hint-clearance = 0 to 4: the highest sensitivity that the person may be trusted with.
hint-assurance = 1 to 3 (NIST SP 800-63A): how well the person’s identity was proven.
hint-platform = linux, windows, macos, …
hint-platforms = One in each line; none means every platform.
hint-revoked = A revocation is not lifted here: the device is removed and enrolled again.
hint-fact = The name of a fact that agents report, such as disk.encrypted.
hint-expect = A list is written with commas.
hint-unless = A fact and its value: os.name = server. It may be left out.
hint-check-reason = People read it when their device fails.
hint-remedy = People read it below the reason.
hint-host = Under which people reach it through the gateway.
hint-upstream = http://10.0.0.5:8080, or a table as JSON.
hint-addresses = For the kind “TCP service” only. One in each line: 10.0.0.5:5432
hint-sensitivity = 0 (public) to 4.
hint-environment = production, staging, …
hint-client-certificate = Whether the TLS handshake asks for the device’s certificate.
hint-allowed-origins = One in each line: https://board.example.jp
hint-requests = As JSON. It may be left out.
hint-time = Date, time and offset: 2026-12-31T18:00:00+09:00
hint-port = Where people reach its resources under another port than the portal’s.
hint-foreign-names = For AuthZEN only, as JSON.
hint-foreign-subjects = For AuthZEN only: its name = account, in each line.
hint-foreign-actions = For AuthZEN only: its name = action, in each line.
hint-entries = One “network = score” in each line: 192.0.2.0/24 = 80
hint-feed-url = An https address; for TAXII that of the collection
hint-feed-format = plain: one address or network in each line. taxii: STIX 2.1 indicators of a TAXII 2.1 collection
hint-feed-score = 1 to 100, for an address of which the feed is certain
hint-minimum-confidence = 0 to 100; indicators below it do not count
hint-allowed = One network in each line: 198.51.100.7/32. No feed makes these a threat.
hint-policy-text = Cedar. Ctrl-Space completes names of attributes.
hint-duration = A number and s, m, h or d: 12h
hint-time-zone = A name of the IANA database, such as Asia/Tokyo.
hint-utc-offset = Counts where no time zone is named. 540 is Japan.
hint-zones = One “name = networks” in each line: office = 10.0.0.0/8, 192.168.0.0/16
hint-raw = The same checks apply as to the form.

# What may be chosen.
choice-guest = Guest
choice-contractor = Contractor
choice-staff = Staff
choice-active = Active
choice-disabled = Disabled
choice-revoked = Revoked
choice-personal = A person
choice-corporate = The organisation
choice-web = Web application
choice-api = API
choice-tcp = TCP service
choice-data = Data set
choice-none = None
choice-optional = Optional
choice-required = Required
choice-sekisho = From Sekisho
choice-equals = equals
choice-at-most = is at most
choice-at-least = is at least
choice-version-at-least = is at least the version
choice-holds-none = holds none of
choice-holds-all = holds all of

# Publishing an application.
publish = Publish an application
publish-lead = Say what it is, who may use it and from what. Its address is tried and the people who could open it are shown before anything is written.
publish-what = What it is
publish-name-en = Name (English)
publish-name-ja = Name (Japanese)
publish-address = Where it is
publish-address-hint = Its address in your network, as the gateway reaches it: http:// or https://, an IP address or a name, and a port.
publish-id-hint = It follows from the name where you leave it out, and cannot be changed later.
publish-host-hint = Under which people open it. It follows from the identifier where you leave it out.
publish-who = Who may use it
publish-people = People
publish-how = From what, and how sensitive it is
publish-devices = Device
publish-clearance = Only for people whose clearance is at least its sensitivity
publish-check = Try it and show who could open it
publish-check-again = Try again
publish-now = Publish
publish-found = What the gateway finds there
publish-nowhere = There is no address to connect to:
publish-reached = Reached
publish-not-reached = Not reached
publish-status = answers { $status }
publish-redirects = It redirects to
publish-certificate = Its certificate
certificate-subject = For
certificate-issuer = Issued by
certificate-until = Valid until
certificate-key = Key (SHA-256)
publish-trust = Trust this key. The gateway then connects to nothing that has another.
publish-no-certificate = It shows no certificate, so it cannot be published under https://.
publish-anyway-text = The application did not answer. You can publish it all the same: people see an error until it does.
publish-another = Publish another application
not-published = Not published
published-lead = Published through the gateway.
done-published = The application is published.
take-back = Take back
take-back-text = The application and the policy of its publication are removed together. Their history stays.
wrong-host = Write a host name, such as wiki.example.com.
wrong-host-taken = Another application has this host name.
wrong-address = Write an address without a path, such as http://10.0.0.5:8080.
wrong-nobody = Choose a group or name a person.
wrong-people = Write identifiers of accounts only, one in each line.
devices-any = Any device
devices-managed = A device that the organisation manages
devices-compliant = A device that meets the security requirements
devices-managed-compliant = A managed device that meets the security requirements
sensitivity-0 = 0 – public
sensitivity-1 = 1 – low
sensitivity-2 = 2 – internal
sensitivity-3 = 3 – confidential
sensitivity-4 = 4 – highly confidential

# Policies of a resource.
policies-of = Policies of a resource
policies-of-lead = Every policy whose scope admits the resource. What it demands besides is in its text.
by-resource-hint = The identifier of an application, as its list shows it.
by-resource-unknown = No application has this identifier.
show = Show
no-policy-of-resource = No policy speaks about it, so nobody may use it.
permits = permits
forbids = forbids
for-whom = For
everybody = everybody

# Several at once.
bulk-users = Several users
bulk-users-lead = Choose accounts, then what to do. Nothing happens before you confirm.
bulk-sessions = Several sessions
bulk-sessions-lead = Choose sessions to end. Your own is not among them.
choose = Choose
bulk-disable = Disable…
bulk-enable = Enable…
bulk-remove = Remove…
bulk-end = End…
bulk-disable-question = Disable these accounts and end their sessions?
bulk-enable-question = Enable these accounts?
bulk-remove-question = Remove these accounts?
bulk-end-question = End these sessions?
bulk-no-session = This session has ended.
bulk-done = Done
bulk-done-count = { $count ->
    [one] One was changed.
   *[other] { $count } were changed.
 }
bulk-failed = Not done
back-to-list = Back to the list
confirm = Confirm

# CSV.
import-users = Import users
import-lead = From a CSV file with a line of names of columns. What would change is shown before anything is written.
import-made = Made
import-changed = Changed
import-unchanged = As they are
import-apply = Apply all
import-done = { $count ->
    [one] One account was written.
   *[other] { $count } accounts were written.
 }
import-faults = { $count ->
    [one] One place is wrong. Nothing was written.
   *[other] { $count } places are wrong. Nothing was written.
 }
export-csv = Download as CSV
export-users = Download all users as CSV
csv-text = Lines of the file
csv-file = Choose a file
csv-hint = Columns (only “id” is required; what a file does not have stays as it is; groups with spaces between them):
csv-line = Line
csv-column = Column
csv-why = What is wrong
csv-unknown-column = There is no such column.
csv-no-id = The column “id” is missing.
csv-cells = The line has another number of cells than the first one, or its quotes do not close.
csv-twice = This account is in the file twice.
