# The texts of requests for access in English.

nav-requests = Requests
place-requests = Requests
requests-lead = Access that you requested for a time, and requests that wait for your answer.
requests-console-lead = Who requested access to what, why, and who answered. A policy that permits the action approve on a resource names who answers.
requests-form-lead = Somebody whom a policy names answers your request. The time starts when it is approved, and access ends by itself.
requests-reason = Reason
requests-reason-hint = The approver reads it, and it stays in the ledger.
requests-how-long = Duration
requests-how-long-hint = Counted from the approval.
requests-send = Send request
requests-waiting = Waiting for your answer
requests-of = { $user } requests access
requests-what = For what
requests-who = Who
requests-why = Reason
requests-state = State
requests-asked = Requested
requests-approve = Approve
requests-refuse = Refuse
requests-refuse-why = Why you refuse it
requests-step-up = Your policy asks for a stronger sign-in before you answer.
requests-step-up-button = Confirm that it is you
requests-answer = Answer
requests-own-list = My requests
requests-none = You have not requested access to anything.
requests-nobody = Nobody has requested access.
requests-withdraw = Withdraw
requests-until = until { $time }
requests-by = by { $user }
requests-all = All
requests-state-open = Open
requests-state-live = In force
requests-state-ended = Ended
requests-state-refused = Refused
requests-state-withdrawn = Withdrawn
requests-state-lapsed = Not answered in time
requests-hours = { $count ->
    [1] 1 hour
   *[other] { $count } hours
}
requests-minutes = { $count ->
    [1] 1 minute
   *[other] { $count } minutes
}
requests-seconds = { $count ->
    [1] 1 second
   *[other] { $count } seconds
}
requests-not-open = The request is not open any more: it was answered or withdrawn, or nobody answered it within seven days.
requests-not-requestable = A grant would not open this resource for you now.
requests-already-open = You have an open request for this resource.
requests-too-many = You have as many open requests as one person may have. Withdraw one first.
requests-own = Nobody answers a request of their own. Ask somebody else.
requests-not-approver = No policy permits you to approve access to this resource.
requests-wrong = Give a reason of 1 to 500 characters and a duration of at most 24 hours.
