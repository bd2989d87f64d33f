# The parts that every page is made of: navigation, lists, times, charts.
menu = Menu
way-back = Where you are
group-activity = Activity
group-access = Access
group-people = People
group-devices = Devices
group-platform = Platform
time-now = just now
time-soon = in a moment
time-minutes-ago = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
time-minutes-ahead = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
time-hours-ago = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
time-hours-ahead = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
time-days-ago = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
time-days-ahead = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}
list-count = { $count ->
    [one] 1 entry
   *[other] { $count } entries
}
list-count-over = More than { $count } entries
list-find = Find in this list
list-pages = Pages of the list
list-newer = Previous
list-older = Next
list-first = To the beginning
list-nothing = Nothing matches.
list-show-all = Show all
copy = Copy
copied = Copied
chart-as-table = Show as a table
back-to-console = To the start of the console
find-anything = Find people, devices, applications, request numbers
