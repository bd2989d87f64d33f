# The overview of the console.
overview = Overview
overview-as-of = As of
overview-nothing-yet = Sekisho has just started and counts. This page shows the figures in a few seconds.
overview-hour = The last hour
overview-permits = Permits
overview-challenges = Challenges
overview-denials = Denials
overview-cuts = Cuts
overview-by-minute = Decisions and cuts per minute
overview-minute = Minute
overview-by-delay = From a fact to the cut that it caused
overview-delay = Time
overview-longest = The longest took { $ms } ms.
overview-no-cuts = No open connection was cut in the last hour.
overview-reasons = Most frequent reasons of denials
overview-no-denials = Nothing was denied in the last hour.
overview-fleet = Devices
overview-devices = { $count ->
    [one] 1 in use
   *[other] { $count } in use
}
overview-never-reported = Never reported
overview-risk = Risk of people who are signed in
overview-people = { $count ->
    [one] 1 person
   *[other] { $count } people
}
overview-risk-low = Low ({ $range })
overview-risk-some = Raised ({ $range })
overview-risk-high = High ({ $range })
overview-risk-highest = Very high ({ $range })
overview-signed-in = Signed in now
overview-sessions = { $count ->
    [one] 1 session
   *[other] { $count } sessions
}
overview-ledger = Ledger
overview-ledger-state = State
overview-ledger-sound = Records everything
overview-ledger-full = The disk is full
overview-ledger-rolled-back = Lacks sealed entries
overview-ledger-failed = Cannot be written
overview-ledger-size = Entries
overview-ledger-sealed = Head sealed
overview-certificates = Certificates
overview-all-hosts = All hosts
overview-certificate-good = Valid
overview-certificate-renewed = Renewed by itself
overview-certificate-soon = Ends soon
overview-certificate-ended = Has ended
overview-certificate-problem = Could not be renewed
overview-points = Other enforcement points
overview-no-points = There are none.
overview-point-active = Active
overview-point-disabled = Disabled
overview-point-resources = { $count ->
    [one] 1 application
   *[other] { $count } applications
}
overview-first-steps = First steps
overview-first-steps-lead = A new installation is ready for use when these are done. This list then disappears.
overview-step-done = Done
overview-step-open = Open
overview-step-passkey = Give your own account a passkey
overview-step-person = Add a person
overview-step-application = Publish an application
overview-step-group = Let a group use it with a policy
overview-step-device = Enrol a device
overview-step-backup = Make a backup, on the machine itself:
problem-too-many-live-pages-text = Too many live pages are open. Close some of them.

overview-open-requests = { $count ->
    [1] 1 request for access waits for an answer.
   *[other] { $count } requests for access wait for an answer.
}
