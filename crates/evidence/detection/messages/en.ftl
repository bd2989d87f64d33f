# The texts of detection in English.

detection = Detection
detection-lead = Sigma rules over the events. A match is recorded and raises the risk of the person it is about.
detection-problem = The rules are not in force:
detection-rule = Rule
detection-level = Level
detection-matches = Matches
detection-last = Last match
detection-findings = Show what was found
detection-level-informational = Informational
detection-level-low = Low
detection-level-medium = Medium
detection-level-high = High
detection-level-critical = Critical
