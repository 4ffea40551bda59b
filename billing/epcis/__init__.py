"""What happened with bags and bills, told in GS1's EPCIS 2.0 for others to read.

    identity   URIs of bags, bills and areas; ids of events
    places     the order of all events: by time, then kind, then row; what comes behind a place
    events     rows -> events
    documents  events -> documents

An event is read from the row that tells it and never from who did it: people are no part of it. What happened
is told once; what was undone is told again under the same id, with an error declaration. So the same
stretch of time always gives the same events.
"""
