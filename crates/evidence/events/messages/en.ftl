# The texts of events in English.

events = Events
events-lead = Every decision, access, cut, sign-in, act and finding. The ledger proves them; here they are found.
no-events = There is no event yet.
event = Event
event-class = Class
event-day = Day
event-decision-permit = Access was permitted.
event-decision-challenge = A stronger or fresher sign-in was asked for.
event-decision-deny = Access was denied.
event-access-success = A permitted request was answered.
event-access-deny = A request was refused under a decision from before.
event-access-failure = A permitted request failed.
event-stream-end-cut = An open connection was cut.
event-stream-end-success = A connection ended.
event-class-2002 = Vulnerability finding
event-class-2003 = Compliance finding
event-class-2004 = Detection finding
event-class-2006 = Data security finding
event-class-3002 = Authentication
event-class-3003 = Authorization
event-class-3004 = Administration
event-class-4001 = Network
event-class-4002 = Request
event-class-4003 = Name
event-class-6001 = Access
event-class-6003 = Platform
