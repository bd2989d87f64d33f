# The texts of the example in English.

unowned = Without an owner
unowned-lead = Nobody answers for these resources. Give each of them an owner.
