"""How often what happens: one table for all profiles. A column is a profile; `all` is the mean of all of them.

A weight stands against the others of its side and column. The last parts are percents, of statements, transactions and
rounds, and seconds: how long a round's actors act, and how long each rests at the most between two things that it does.
"""

WEIGHTS = """
postgres                moves  restores  parents  values  tables  troubles  kills  reading
insert                      8         6        6       8       6         8      8        6
insert key of deleted       6         5        2       0       0         0      1        0
insert key of moved         6         2        2       0       0         0      1        0
update                      8         6        6       6      10        12     12       10
update many                 2         1        1       1       2         3      3        2
save whole row              3         2        2       2       1         3      2        2
upsert                      4         2        1       1       1         2      2        1
copy                        1         1        1       2       1         1      2        0
move key                    6         2        2       1       1         1      2        1
swap keys                   5         1        1       0       0         0      1        0
move code                   4         2        1       0       0         0      1        0
delete                      4         5        3       1       2         2      3        2
delete and insert           3         5        2       1       1         1      2        1
keep                        0         5        1       0       2         0      0        1
restore                     0         9        1       0       2         0      0        1
parent by id                0         1        7       0       1         1      1        1
parent by key               0         1        8       0       0         1      1        0
clear parent by id          0         0        3       0       0         0      0        0
clear parent by key         0         0        5       0       0         0      0        0
child and parent            0         1        7       0       1         2      1        0
child then parent           0         0        4       0       0         0      0        0
scrap                       1         1        1       2       1         7      6        1
capture                     1         2        1       1       1         1      0        0
requeue                     1         1        1       1       1         1      0        0
ignore                      1         1        1       1       1         0      0        0
log row                     0         1        0       4       1         0      0        0
malformed log row           0         0        0       2       0         0      0        0
edge values                 0         0        0      14       0         1      0        1
beyond edge                 0         0        0       5       1         0      0        0
truncate                    0         1        0       0       2         0      0        0
truncate changed            0         1        0       0       1         0      0        0
drop table                  0         0        0       0     0.3         0      0        0
restore table               0         2        0       0       2         0      0        0
drop column                 0         0        0       0     0.3         0      0        0
rename column               0         0        0       0     0.3         0      0        0
set sequence                0         1        0       0       1         0      0        0
trigger that raises         0         0        0       0       2         0      0        0
check                       0         0        0       0     0.8         0      0        0
foreign key                 0         0        1       0     0.5         0      0        0
view                        0         0        0       0     0.3         0      0        0
revoke                      0         0        0       0       1         0      0        0

org                     moves  restores  parents  values  tables  troubles  kills  reading
edit                       10         6        8       8      10        10     12       14
create                      5         3        3       4       4         5      5        6
move key                    5         2        1       1       1         1      1        1
delete                      3         4        3       1       2         3      3        4
undelete                    2         4        2       1       1         2      2        3
hard delete                 1         2        1       0       1         1      1        1
merge                       1         1        3       0       0         1      1        1
reparent                    0         0        6       0       1         1      1        1
late commit                 1         1        1       1       1         2      2        5
lock                        1         0        1       0       0         3      1        0
touch                       1         1        1       1       1         1      1        2
edge values                 0         0        0      12       0         1      0        1
widen                       0         0        0       2       2         0      0        1
retype                      0         0        0       1       2         0      0        0
remove field                0         0        0       0       2         0      0        0
hide field                  0         0        0       1       2         0      0        0
rename field                0         0        0       0       2         0      0        0
add field                   0         0        0       1       1         0      0        1
purge delete log            0         1        0       0       1         1      0        2
expire                      0         0        0       0       0         3      1        2
status                      0         0        0       0       0         8      0        3
no answer                   0         0        0       0       0        10      2        2
slow                        1         3        2       1       4         6      8        8
spoiled                     0         0        0       0       0         3      0        3
delete log fails            1       0.3      0.3     0.5       0         1      0      1.5
failing bulk jobs           0         0        0       1       0         5      0        5
locked rows                 0         0        2       0       0         4      1        0
org's whims                 0         0        0       0       0         3      1        4
uncountable                 0         0        0       0       0         2      0        3
retired version             0         0        0       0       1         1      0        1
quota                       0         0        0       0       0         1      0        0

nemesis                 moves  restores  parents  values  tables  troubles  kills  reading
kill                        1         1        1       1       1         2     10        3
freeze                      1         1        1       1       1         1      8        2
crash postgres              0         0        0       0       0         0      3        1
end sessions                1         1        1       1       1         1      4        2
cut control                 0         0        0       0       0         0      3        1
retire                      0         0        0       0       0         0      2        1

admin                   moves  restores  parents  values  tables  troubles  kills  reading
poll                        2         3        2       2       2         3      2        8
reload                      1         6        1       3       8         3      1       14
cancel                      0         1        0       1       1         2      1        8
abort                       0         1        0       1       1         1      1        4
pause and resume            1         1        1       1       1         1      1        3
retry failed                0         0        0       0       0         1      1        1
second connection           0         1        0       0       3         0      0        0

percent                 moves  restores  parents  values  tables  troubles  kills  reading
savepoint                  15        10       10      10      10         5      5        5
rollback                    8         8        8       5       8         5      5        5
rollback to                 5         5        5       5       5         2      2        2
pause in transaction       10        10       10       5      10        10     15       20
session setting            10        10       10      60      10         5      5        5
apart                      40        40       40      40      40        40     70       40
parent keys                60        60       90      60      60        60     60       60
own parent keys             0         0       30       5       5         5      5        5
bulk polls                 10        10       10      30      10        25     20       40
small pages                20        20       20      20      30        40     40       50
slow bulk                  20        20       20      20      20        40     40       60
rotated tokens             20        20       20      20      20        40     40       20
lasting trouble             0         0        0      20      20        35     10       20

seconds                 moves  restores  parents  values  tables  troubles  kills  reading
acting                     14        14       14      14      26        24     34       18
rest of a session         1.2       1.2      1.2     1.2     1.6       1.6    1.2      1.4
rest of an org user       1.5       1.5      1.5     1.5     2.0       2.0    1.5      1.5
rest of trouble             8         6        6       8       6         3      4        3
rest of a person          2.5       2.5      2.5     2.5     4.0       4.0    4.0      2.5
rest of the nemesis        15        15       15      15      25        25      3       12
"""

PROFILES = ("moves", "restores", "parents", "values", "tables", "troubles", "kills", "reading")


def weights(side: str, profile: str) -> dict[str, float]:
    """What one side does in a profile, with its weight; what never happens is left out."""
    if profile not in (*PROFILES, "all"):
        raise ValueError(f"profile: expected one of {', '.join(PROFILES)} or all, found {profile}")
    found: dict[str, float] = {}
    inside = False
    for line in WEIGHTS.splitlines():
        words = line.split()
        if not words:
            inside = False
        elif words[1:] == list(PROFILES):
            inside = words[0] == side
        elif inside:
            numbers = [float(number) for number in words[-len(PROFILES):]]
            weight = sum(numbers) / len(numbers) if profile == "all" else numbers[PROFILES.index(profile)]
            if weight > 0:
                found[" ".join(words[:-len(PROFILES)])] = weight
    return found
