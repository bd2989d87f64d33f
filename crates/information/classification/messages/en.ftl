# The texts of the classification of data in English.

place-classification = Data classification
classification-lead = What data is, and where it was found. The most sensitive label of a resource decides how sensitive it is.
classification-change = Make and change labels
classification-labels = Labels
classification-label = Label
classification-no-labels = There are no labels yet. Make one, and name the resources or the kinds of values that it stands for.
classification-parent = Belongs to
classification-given-by = Given by
classification-owner = Owner
classification-scans = Scans
classification-no-scans = No data was scanned yet. Scan a file with “sekisho classification scan”.
classification-source = Resource and source
classification-found = Found
classification-nothing = nothing
classification-carries = Labels of the resource
classification-when = Scanned
