"""Words are cut and folded exactly as FTS5 does it, whatever signs a text holds."""

import random
import sqlite3
import sys

import pytest

from monitor.core.complaints import INDEX
from monitor.core.tokens import PLACES, Tokens
from monitor.core.unspaced import cut

# Letters, accents alone and on letters, ligatures, figures of other scripts, blanks, invisible and private signs.
SIGNS = (
    "aAzZ09_-' \t\n\x0b\x1c\x85\xa0\xad\u0300\u0301\u0308\u0345éÉüÜßẞœﬁıİłŁøđþÇçñкийКИЙёЁїЇґ’ʼ"
    "αΩάعَر५١½²Ⅷ中文字あア한글ーไทยกำ\u200b\u200d\u2009\u2028\u3000\ufeff\ue000\U0001f600\U0001d400𐐀"
)


def by_fts5(texts):
    db = sqlite3.connect(":memory:")
    db.execute(INDEX)
    db.execute(PLACES)
    db.executemany("INSERT INTO batch (rowid, title, text) VALUES (?, '', ?)", enumerate(texts))
    found = [[] for _ in range(db.execute("SELECT count(*) FROM batch").fetchone()[0])]
    for word, row in db.execute("SELECT term, doc FROM places ORDER BY doc, offset"):
        found[row].append(word)
    db.close()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_random_texts_have_the_words_that_fts5_finds(seed):
    chance = random.Random(seed)
    texts = ["".join(chance.choices(SIGNS, k=chance.randint(0, 12))) for _ in range(2_000)]
    tokens = Tokens()

    assert by_fts5(map(cut, texts)) == [tokens.words(text) for text in texts]


def test_every_sign_python_takes_for_a_blank_ends_a_word_for_fts5_too():
    blanks = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]

    assert [["a", "b"]] * len(blanks) == by_fts5([f"a{blank}b" for blank in blanks])
