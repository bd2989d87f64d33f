# The texts of API documents in English.

place-apis = APIs
apis-lead = What the OpenAPI documents of resources describe. Only operations reach an API, with the parameters and bodies that its document describes; policies name them as “context.request.operation”.
apis-change = Write and change API documents
apis-none = No resource has an API document yet. Write one, and everything that it does not describe is refused before the application.
apis-resource = Resource
apis-title = API
apis-count = Operations
apis-limit = Largest body (bytes)
apis-state = State
apis-in-force = In force
apis-closed = Closed: nothing reaches the resource
apis-operations-of = Operations of { $resource }
apis-operation = Operation
apis-request = Request
apis-summary = What it does
