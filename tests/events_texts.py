"""Reports of made-up happenings, several of each, in four languages, for the tests of events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.fingerprint import fingerprint
from monitor.model import Article

AT = datetime(2026, 3, 24, 6, 12, tzinfo=UTC)

# name → (language, title, text)
REPORTS = {
    "bridge 1": (
        "de",
        "Baggerschiff rammt Hafenbrücke in Nordersiel",
        (
            "In Nordersiel ist am Mittwochmorgen das Baggerschiff »Anna Martens« gegen einen Pfeiler der Hafenbrücke "
            "gestoßen. Zwei Matrosen wurden verletzt. Der Landesbetrieb Verkehr sperrte die Brücke für mindestens drei "
            "Monate. Einsatzleiterin Gesa Lührs sprach von großem Glück. Täglich fahren 23.000 Fahrzeuge hinüber."
        ),
    ),
    "bridge 2": (
        "de",
        "Nordersiel steht still: drei Monate ohne Brücke",
        (
            "Wer in Nordersiel in die Altstadt will, braucht Geduld: Nach der Havarie der »Anna Martens« bleibt die "
            "Hafenbrücke bis Juni zu. Taucher fanden Risse im Pfeiler, sagte der Landesbetrieb Verkehr. Pendler weichen auf "
            "die Fähre aus. 23.000 Autos am Tag brauchen einen anderen Weg, und Bürgermeister Tabel bittet um Nachsicht."
        ),
    ),
    "bridge 3": (
        "de",
        "Havarie in Nordersiel: Ruderanlage der »Anna Martens« fiel aus",
        (
            "Warum das Baggerschiff »Anna Martens« in Nordersiel vom Kurs abkam, ist geklärt: Die Ruderanlage fiel aus. Das "
            "ergab die Auswertung der Schiffsdaten, wie die Wasserschutzpolizei mitteilte. Der Pfeiler der Hafenbrücke wird "
            "nun gestützt, der Landesbetrieb Verkehr rechnet mit drei Monaten Sperrung."
        ),
    ),
    "other bridge": (
        "de",
        "Brücke bei Hellerau gesperrt: Rost an den Seilen",
        (
            "Die Kanalbrücke bei Hellerau ist seit Freitag für Lastwagen gesperrt. Prüfer der Autobahn GmbH hatten Rost an "
            "den Tragseilen entdeckt. Die Stadt Hellerau sucht nun eine Umleitung für 4.100 Lastwagen am Tag. Im Rathaus "
            "rechnet man mit einem Neubau, den der Bund bezahlen soll."
        ),
    ),
    "strike": (
        "de",
        "Erzieherinnen streiken in Sandbrook und Umgebung",
        (
            "In Sandbrook sind am Dienstag 41 Kitas geschlossen geblieben. Die Gewerkschaft Verdi hatte zum Warnstreik "
            "aufgerufen und verlangt zwölf Prozent mehr Lohn. Eltern standen vor verschlossenen Türen. Verhandelt wird am "
            "Freitag in Potsdam, die Arbeitgeber nannten den Ausstand unnötig."
        ),
    ),
    "talks de": (
        "de",
        "Orlenko und Vanterpool treffen sich in Genf",
        (
            "Der Außenminister Danylo Orlenko und der Gesandte Marcus Vanterpool haben in Genf über den Austausch von 1.350 "
            "Gefangenen gesprochen. Nach fünf Stunden im Hotel Beaurivage sagte Orlenko, eine Einigung sei nah. Auch Ankara "
            "und Brüssel waren vertreten. Die Sprecherin Leila Haddad nannte das Treffen ermutigend."
        ),
    ),
    "talks en": (
        "en",
        "Envoy Vanterpool meets Orlenko in Geneva over prisoner swap",
        (
            "American envoy Marcus Vanterpool and foreign minister Danylo Orlenko discussed an exchange of 1,350 prisoners at "
            "the Hotel Beaurivage on Tuesday. Orlenko said after five hours that a deal was close. Officials from Ankara "
            "attended. Spokeswoman Leila Haddad called the meeting encouraging but warned of setbacks."
        ),
    ),
    "talks uk": (
        "uk",
        "Орленко і Вантерпул обговорили в Женеві обмін полоненими",
        (
            "Міністр закордонних справ Данило Орленко та посланець Маркус Вантерпул обговорили обмін 1350 полоненими. Після "
            "п'яти годин переговорів у готелі Орленко заявив, що домовленість близько. Речниця Лейла Хаддад назвала зустріч "
            "обнадійливою. Були також представники Анкари."
        ),
    ),
    "other talks en": (
        "en",
        "Farmers in the western plains get tax relief, Orlenko promises",
        (
            "Small holdings will pay less tax from autumn on. Danylo Orlenko gave his word to some two hundred growers "
            "who had parked their tractors before the town hall of Velyka Hora. Grain prices have fallen for a year, and "
            "diesel has become dear. The finance ministry wants to find the money in the road budget. Growers asked for "
            "quicker payments too, and for a say in the new water rules; neither was promised."
        ),
    ),
}


def report(name, *, hours=0.0, **changed):
    """One of the reports as an article, so many hours after the first."""
    language, title, text = REPORTS[name]
    at = AT + timedelta(hours=hours)
    outlet = name.replace(" ", "-") + ".test"
    made = Article(
        url=f"https://{outlet}/{title.split()[0].lower()}",
        outlet_id=outlet,
        title=title,
        text=text,
        words=len(text.split()),
        first_seen=at,
        published=at,
        language=language,
        fingerprint=fingerprint(text),
    )
    return replace(made, **changed)
