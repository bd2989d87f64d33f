# The texts of the page of behaviour in English.

place-behaviour = Behaviour
behaviour-lead = What is usual for each person, and what was not. Something unusual raises the risk of the person for a day; a step-up in the same session answers it.
behaviour-person = Person
behaviour-find = Find
behaviour-nobody = Nothing is known yet: nobody signed in.
behaviour-history = History
behaviour-enough = Enough
behaviour-not-enough = Not enough history
behaviour-sign-ins = { $count } sign-ins
behaviour-needed = { $count } are enough
behaviour-usual = Usual
behaviour-last = Last sign-in
behaviour-unusual = Unusual
behaviour-was-usual = Usual: { $what }.
behaviour-was-seen = Seen: { $what }.
behaviour-weight = Adds { $weight } to the risk
behaviour-cut = Only the first 200 people are shown. Search for a name.
behaviour-files = Files of places
behaviour-files-lead = MMDB files in the folder “places” of the data folder give the country and the number of the network (ASN) of an address.
behaviour-no-files = There is no file. Countries are not known, and no sign-in is from a new country.
behaviour-file-failed = Cannot be read: what it said before counts
