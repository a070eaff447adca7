"""Which language a text is in: what the page declares, and what its commonest words say."""

from __future__ import annotations

import re
from collections import Counter

_CODE = re.compile(r"\s{0,9}([a-zA-Z]{2,3})(?:[-_.,; ]|$)")
_WORD = re.compile(r"[^\W\d_]+")
_READ = 4000  # characters of the text that are looked at
_FEWEST = 25  # words below which the commonest words prove nothing
_CLEAR = 0.16  # share of words that must be the language's commonest
_AHEAD = 1.6  # times the share of the language that was declared

# Old codes and codes of the whole for the part, as ISO 639-1 has them now.
_SAME = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "ger": "de", "deu": "de", "eng": "en",
         "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "rus": "ru", "ukr": "uk", "pol": "pl", "por": "pt",
         "ua": "uk", "cz": "cs", "jp": "ja", "cn": "zh", "dk": "da", "se": "sv"}  # fmt: skip

# ISO 639-1, two letters each. Others that look like one are countries: gr, by, kz.
_CODES = (
    "aaabaeafakamanarasavayazbabebgbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofrfygagdglgngugv"
    "hahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmimkmlmnmrmsmtmy"
    "nanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgthtitktltntotr"
    "tstttwtyugukuruzvevivowawoxhyiyozazhzu"
)
CODES = frozenset(_CODES[at : at + 2] for at in range(0, len(_CODES), 2))

_COMMON = {
    language: frozenset(words.split())
    for language, words in {
        "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei",
        "en": "the of and to in a is that for it was on are as with his they at be this have from or had by not but what were we when your can said there an which she do how their if will up about out many then them these so her would has more he been than who its after",
        "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la avec son ont aux cette ses mais comme on ou leur été fait elle nous deux même aussi ces après entre sans être",
        "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque",
        "it": "di e il la che in a per un è del non una i le della con da sono si al alla dei nel gli ha come più anche lo ma delle su se ci questo dal nella tra o ed dopo stato degli cui suo essere era hanno sul",
        "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als dan bij maar uit nog door over ze die wordt naar heeft hebben deze werd kan meer worden hij was of tot wel dit geen haar al zou veel",
        "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos",
        "pl": "w i na z się do nie to że jest o jak za od po ale są przez co dla tego tym oraz już był czy tylko może być ich tak które która który jego przed było także roku będzie ze podczas",
        "ru": "и в не на что с по как это он за к из у от а для но до его о так все же было они был или при если есть бы во со уже также после года более ее их может чтобы еще где",
        "uk": "і в на не що з у до та як за це від про для але його він по є також із їх було щоб або під час року вже який яка які після був ми те через має може так бути його",
        "sv": "och i att det som en på är av för med den till inte har de ett om var från men vi så jag kan han sig när eller hade efter också vid ut över nu bara skulle ska under mot blir mer",
        "no": "og i det er som en på til av for med at den har ikke de et om var fra men vi så jeg kan han seg når eller hadde etter også ved ut over nå bare skulle skal under mot blir mer",
        "da": "og i det er som en på til af for med at den har ikke de et om var fra men vi så jeg kan han sig når eller havde efter også ved ud over nu bare skulle skal under mod bliver mere",
        "tr": "ve bir bu da de için ile olarak çok daha olan gibi en ne kadar sonra ise ancak var olduğu göre her değil mi dedi ya o şey kendi tarafından diye eden etti oldu başka ilk iki yeni hem ki var yok olduğunu arasında üzere",
        "cs": "a v na se je že z do to s o i za ale po jako pro by k jsou která který které od bylo byl jeho před také už jen nebo tak při podle až co jejich ve",
        "sk": "a v sa na je že z do to s o i aj ale po ako pre by k sú ktorý ktorá ktoré od bolo bol jeho pred tiež už len alebo tak pri podľa až čo ich vo za nie si má ešte roku medzi",
        "hr": "i u je na se da za su od s a o što kako to koji koja koje ne iz bi će nije bio ali ili samo po kao te do više već prema još sve tako ima može biti kada nakon",
        "sl": "in je v na da se za so ki z s po pa tudi bi ne o od še ali kot do iz pri ga bo bil ni to kako več kar lahko med zaradi",
        "sr": "и у је да на се за су од са не то као што али који која које ће из би није био после још већ или бити по о како i u je da na se za su od sa ne to kao što ali koji koja koje će iz bi nije bio posle još već ili biti po o kako a",
        "bg": "на и в да се за от с не е са по че като до но или който която които може след това бъде при още има той през към също",
        "be": "і ў не на што з у да як за гэта па для яго але яны быў ад аб таксама каб ці якія які было пра пасля",
        "ca": "de la i el que a les els en un per una del amb no es al ha com més són pel dels va als seva ser també aquest aquesta però o han hi entre anys fins",
        "hu": "a az és hogy nem is egy de ez meg már csak volt el ha még azt mint vagy után lesz akkor van szerint kell ki be sem pedig lehet magyar",
        "fi": "ja on ei se että oli mutta hän ovat kun myös joka kuin ole sen tai jos mukaan vain niin mitä ne tämä nyt voi vielä sitä",
        "et": "ja on ei et see ka oli kui mis oma aga kes või ning seda nii ma pole välja siis veel ta mida",
        "lv": "un ir ar no par ka kas uz tika arī bet vai pēc ko lai nav tas kā savu gan",
        "lt": "ir kad į su iš tai buvo yra bet kaip o nuo už ne jau dar apie po tik jo jie",
        "id": "yang dan di dengan untuk pada dari ini itu dalam tidak akan ke adalah juga oleh para sebagai bisa atau karena telah ada mereka lebih sudah tersebut seperti antara hanya agar maka jika pun ia dia kami kita saya orang",
        "is": "og að í á er sem ekki við til um það hann hún þau var með af fyrir en eru verið hefur þetta eftir hafa sér frá þess því",
        "vi": "và của là có trong cho với các được không người những một này đã để khi đến từ ra vào về",
        "ro": "de și în a la cu pe că din este o nu un pentru care mai sa au fost ce se prin dar sau al ale lui după fi său sunt către această",
    }.items()
}  # fmt: skip

# Neighbours that share their commonest words, and the letters that each has alone.
_OWN_LETTERS = {"ru": frozenset("ыэёъ"), "uk": frozenset("іїєґ")}

# Alphabets that belong to few languages: the first that fills a fifth of the letters decides.
_SCRIPTS = (
    ("ja", re.compile("[぀-ヿ]")),
    ("ko", re.compile("[가-힯]")),
    ("zh", re.compile("[一-鿿]")),
    ("ar", re.compile("[؀-ۿ]")),
    ("he", re.compile("[֐-׿]")),
    ("el", re.compile("[Ͱ-Ͽ]")),
    ("th", re.compile("[฀-๿]")),
    ("hi", re.compile("[ऀ-ॿ]")),
    ("ka", re.compile("[Ⴀ-ჿ]")),
    ("hy", re.compile("[԰-֏]")),
)
_FAR = re.compile("[" + "".join(script.pattern[1:-1] for _, script in _SCRIPTS) + "]")  # any of them
_ENOUGH = 0.2
# Neighbours in one alphabet, and the letters that each has alone.
_KIN = (("ur", "ar", frozenset("ٹڈڑںے")), ("ps", "ar", frozenset("ټډړښ")), ("fa", "ar", frozenset("پچژگیک")))
_KIN_SHARE = 0.02  # of the letters
# The Arabic script also writes these, and the others more; what is declared counts.
_SHARED = {"ar": {"fa", "ur", "ps", "ku", "ug"}, "he": {"yi"}, "hi": {"mr", "ne"}, "zh": {"yue"}}


def code(declared: str | None) -> str | None:
    """The two-letter code of a declared language ("de-AT", "en_US", "deu"), or None."""
    match = _CODE.match(declared or "")
    if match is None:
        return None
    found = match.group(1).lower()
    found = _SAME.get(found, found)
    return found if len(found) == 2 and found not in {"xx", "un"} else None  # noqa: PLR2004 (ISO 639-1)


def guess(text: str) -> str | None:
    """The language whose alphabet or commonest words fill the text, or None where neither is clear."""
    words = _words(text)
    if len(words) < _FEWEST:
        return _script(text)
    best, share = _best(words)
    return best if share >= _CLEAR else _script(text)


def settle(declared: str | None, text: str) -> str | None:
    """What is declared, unless the text clearly contradicts it; what the text says where nothing is."""
    told = code(declared)
    script = _script(text)
    if script is not None and told != script and told not in _SHARED.get(_alphabet(script), ()):
        return script
    if told is not None and (script is not None or told not in _COMMON):
        return told
    neighbour = _by_letters(text) if told in _OWN_LETTERS else None
    if neighbour is not None:
        return neighbour
    words = _words(text)
    own = _share(words, told) if told is not None else 0.0
    if len(words) < _FEWEST or own >= _CLEAR:
        return told
    best, share = _best(words)
    return best if share >= max(_CLEAR, _AHEAD * own) else told


def _alphabet(language: str) -> str:
    """The language that stands for an alphabet."""
    return next((alphabet for kin, alphabet, _ in _KIN if kin == language), language)


def _by_letters(text: str) -> str | None:
    """Russian or Ukrainian, whichever language's own letters fill the text; None where neither's do."""
    letters = text[:_READ].lower()
    counts = {language: sum(map(letters.count, own)) for language, own in _OWN_LETTERS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > 2 * (sum(counts.values()) - counts[best]) + 3 else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:_READ].lower())


def _share(words: list[str], language: str) -> float:
    """The part of the words that are among the language's commonest, 0–1."""
    common = _COMMON[language]
    return sum(word in common for word in words) / max(1, len(words))


def _best(words: list[str]) -> tuple[str, float]:
    counts = Counter(words)
    held = {
        language: sum([counts[word] for word in common if word in counts])
        for language, common in _COMMON.items()
    }
    best = max(held, key=lambda language: held[language])
    return best, held[best] / max(1, len(words))


def _script(text: str) -> str | None:
    sample = text[:_READ]
    if not _FAR.search(sample):
        return None
    letters = sum(map(str.isalpha, sample))
    if letters < 10:  # noqa: PLR2004 (a name or two)
        return None
    for language, script in _SCRIPTS:
        if len(script.findall(sample)) >= letters * _ENOUGH:
            return _kin(language, sample, letters)
    return None


def _kin(language: str, sample: str, letters: int) -> str:
    """The neighbour whose own letters stand in a text of an alphabet often enough, or the language of the most."""
    for kin, alphabet, own in _KIN:
        if alphabet == language and sum(map(sample.count, own)) >= letters * _KIN_SHARE:
            return kin
    return language


def is_written_in(text: str, language: str) -> bool | None:
    """Whether the language's commonest words stand in the text as often as they must; None: cannot tell."""
    words = _words(text)
    if language not in _COMMON or len(words) < 2 * _FEWEST:
        return None
    return _share(words, language) >= _CLEAR / 4
