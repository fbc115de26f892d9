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

#: What a question may begin with before it says what it is about: “can you tell me the name of …”. Only there they are
#: no more than stop words: elsewhere “name” or “give” may be what is asked.
REQUESTS = frozenset(
    """
    can could do find get give i just know let list me name please show tell us want will would you
    """.split()  # noqa: SIM905
)

#: Words that only join or point, and what is left of “didn't” and its like. Sentences are not told apart by them.
FUNCTION_WORDS = (
    STOP_WORDS - frozenset(("get", "give", "given", "know", "list", "name", "once", "show", "tell"))
) | frozenset(
    """
    against ain aren couldn didn doesn don hadn hasn haven isn ll mightn mustn needn now ourselves re shan should
    shouldn ve wasn weren won wouldn yourself yourselves
    """.split()  # noqa: SIM905
)

#: Chinese characters that join, point or ask, alone or in pairs of them (“什么”, “我的”).
FUNCTION_CHARACTERS = frozenset(
    "的了吗呢吧啊呀是在有和与我你您他她它们这那什么哪些谁几个不也都就还很一过给对把被让请为"
)
