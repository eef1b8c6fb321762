-- Who is sent what, as the service last had it: those who act on alerts beside it send what follows by the same routes.
CREATE TABLE route (
    position INTEGER PRIMARY KEY,
    body TEXT NOT NULL
);
