-- What ended and what was asked in the last day, for the figures on the supervisors' wall.
create index inquiries_by_end on inquiries (closed_at);
create index surveys_by_asking on surveys (asked_at);
