# The texts of the page of workloads in English.

place-workloads = Workloads
workloads-lead = Programs that ask in their own name: jobs, services, robots. Policies decide about them as about people; what is disabled or revoked here is cut at once.
workloads-change = Add or change a workload
no-workloads = There is no workload. Add one to let a program use an application in its own name.
workload = Workload
workload-state = State
workload-owner = Owner
workload-groups = Groups
workload-trusts = Trusted issuers
workload-credentials = Credentials
workload-active = Active
workload-disabled = Disabled
workload-owner-unusable = Owner's account disabled or removed
workload-disable = Disable
workload-enable = Enable
workload-credentials-title = Credentials in use
no-workload-credentials = No workload has a credential.
workload-credential = Credential
workload-credential-origin = Obtained by
workload-token = Token
workload-certificate = Certificate
workload-issued = Issued by an administrator
workload-made = Made
workload-until = Ends
workload-revoke = Revoke
workloads-command = Credentials are issued by command:
