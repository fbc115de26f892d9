"""Words that ask or join and hardly tell one entry from another."""

#: English function and question words, as they are after case folding.
STOP_WORDS = frozenset(
    """
    a about above after again all also am an and any anyone anything are as at be because been before being below
    between both but by can could did do does doing down during each few for from further get give given had has have
    having he her here hers herself him himself his how i if in into is it its itself just know let list me
    more most my myself name no nor not of off on once only or other our ours out over own please same she should
    show so some such tell than that the their theirs them themselves then there these they this those through to too
    under until up us very was we were what when where which while who whom whose why will with would you your yours
    """.split()  # noqa: SIM905 - a hundred quoted words are harder to read
)
