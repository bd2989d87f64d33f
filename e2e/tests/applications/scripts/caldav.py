"""A person's calendar program: makes, finds, changes and removes."""

import datetime
import sys

import caldav

url, proxy, authority, cookie = sys.argv[1:]
headers = {"Cookie": cookie} if cookie else {}
client = caldav.DAVClient(
    url=url, proxy=proxy, ssl_verify_cert=authority, username="mika", password="of-the-application", headers=headers
)
principal = client.principal()
calendar = principal.make_calendar(name="予定", cal_id="yotei")
print("calendars:", ", ".join(each.name for each in principal.calendars()))
day = datetime.datetime(2026, 11, 30)
event = calendar.save_event(dtstart=day.replace(hour=9), dtend=day.replace(hour=10), summary="朝会")
found = calendar.search(start=day, end=day + datetime.timedelta(days=1), event=True, expand=False)
print("found:", ", ".join(str(each.icalendar_component["summary"]) for each in found))
event.icalendar_component["summary"] = "夕会"
event.save()
print("changed:", ", ".join(str(each.icalendar_component["summary"]) for each in calendar.events()))
print("collected:", len(list(calendar.objects(load_objects=False))))
event.delete()
calendar.delete()
print("left:", len(principal.calendars()))
