"""Makes a file of places with mmdb-writer, and reads it back with maxminddb: `places.py FILE NETWORK=COUNTRY,LATITUDE,LONGITUDE,ASN …`"""

import sys

import maxminddb
from mmdb_writer import MMDBWriter
from netaddr import IPNetwork, IPSet

file, rows = sys.argv[1], [row.split("=") for row in sys.argv[2:]]
writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City-ASN", float_type="f64")
for network, said in rows:
    country, latitude, longitude, number = said.split(",")
    writer.insert_network(
        IPSet([network]),
        {
            "country": {"iso_code": country},
            "location": {"latitude": float(latitude), "longitude": float(longitude)},
            "autonomous_system_number": int(number),
        },
    )
writer.to_db_file(file)
with maxminddb.open_database(file) as reader:
    for network, said in rows:
        address = str(IPNetwork(network).ip)
        found = reader.get(address)
        print(address, found["country"]["iso_code"], found["autonomous_system_number"], sep="=")
