"""Which language a text is in, by its own words and by what is declared."""

import pytest

from monitor.core import language

JAPANESE = "港の評議会は火曜日の夕方に集まり、嵐の後の古い岸壁をどのように再建するかを決めた。漁師たちは広い斜路を求めた。"
SPOKEN = {
    "de": "Die Regierung hat am Dienstag beschlossen, dass der Hafen in der Stadt nicht mehr als bisher für die Fischer offen sein soll, wie es aus dem Rathaus heißt. Das ist auch für uns ein Problem.",
    "en": "The government has decided on Tuesday that the harbour of the city will not be open to fishermen as it was before, and this is a problem for them, they said. It will be seen by all.",
    "fr": "Le gouvernement a décidé mardi que le port de la ville ne sera plus ouvert aux pêcheurs comme avant, et c'est un problème pour eux, selon la mairie. Ils sont dans une situation qui est difficile.",
    "es": "El gobierno decidió el martes que el puerto de la ciudad no estará abierto para los pescadores como antes, y esto es un problema para ellos, según el ayuntamiento. No se sabe qué es lo que hay.",
    "it": "Il governo ha deciso martedì che il porto della città non sarà più aperto ai pescatori come prima, e questo è un problema per loro, secondo il comune. Non si sa che cosa ci sia nel piano.",
    "nl": "De regering heeft dinsdag besloten dat de haven van de stad niet meer open zal zijn voor vissers zoals het was, en dat is een probleem voor hen, zegt het stadhuis. Het is ook niet te zien.",
    "ru": "Правительство решило во вторник, что порт в городе не будет открыт для рыбаков, как это было раньше, и это проблема для них, как сказали в мэрии. Но это еще не все, что было решено по порту.",
    "uk": "Уряд вирішив у вівторок, що порт у місті не буде відкритий для рибалок, як це було раніше, і це проблема для них, як сказали в мерії. Але це ще не все, що було вирішено про порт та його людей.",
    "pl": "Rząd zdecydował we wtorek, że port w mieście nie będzie już otwarty dla rybaków tak jak był, i jest to problem dla nich, jak podano w urzędzie. Nie jest to jednak wszystko, co się o tym mówi.",
    "pt": "O governo decidiu na terça que o porto da cidade não será mais aberto aos pescadores como era, e isso é um problema para eles, segundo a prefeitura. Não se sabe o que foi decidido para os que são de fora.",
    "sk": "Vláda v stredu rozhodla, že most cez rieku sa bude opravovať ešte v tomto roku. Podľa ministra dopravy je to nevyhnutné, pretože jeho stav sa po povodniach zhoršil a ľudia sa ho boja používať. Práce majú trvať do konca roka.",
    "cs": "Vláda ve středu rozhodla, že most přes řeku se bude opravovat ještě v tomto roce. Podle ministra dopravy je to nutné, protože jeho stav se po povodních zhoršil a lidé se ho bojí používat. Práce mají trvat do konce roku, který začal.",
    "hr": "Vlada je u srijedu odlučila da će se most preko rijeke obnoviti još ove godine. Prema riječima ministra, to je nužno jer se njegovo stanje nakon poplava pogoršalo i ljudi ga se boje koristiti, ali radovi će trajati do kraja godine.",
    "sl": "Vlada je v sredo odločila, da bodo most čez reko obnovili še letos. Po besedah ministra je to nujno, saj se je njegovo stanje po poplavah poslabšalo in ga ljudje ne upajo uporabljati, dela pa bodo trajala do konca leta.",
    "sr": "Влада је у среду одлучила да ће се мост преко реке обновити још ове године. Према речима министра, то је неопходно јер се његово стање после поплава погоршало и људи га се боје, али ће радови трајати до краја године.",
    "bg": "Правителството реши в сряда, че мостът над реката ще бъде ремонтиран още тази година. Според министъра това е необходимо, защото състоянието му след наводненията се е влошило и хората се страхуват да го използват.",
    "be": "Урад у сераду вырашыў, што мост праз раку будзе адрамантаваны яшчэ ў гэтым годзе. Паводле слоў міністра, гэта неабходна, бо яго стан пасля паводкі пагоршыўся і людзі баяцца па ім ездзіць.",
    "ca": "El govern va decidir dimecres que el pont sobre el riu serà reparat aquest mateix any. Segons el ministre, és necessari perquè el seu estat ha empitjorat després de les inundacions i la gent té por de fer-lo servir, però les obres duraran fins a final d'any.",
    "hu": "A kormány szerdán úgy döntött, hogy a folyó fölötti hidat még idén felújítják. A miniszter szerint ez szükséges, mert az állapota az árvíz után romlott, és az emberek félnek használni, de a munka csak az év végéig tart majd.",
    "fi": "Hallitus päätti keskiviikkona, että joen ylittävä silta korjataan vielä tänä vuonna. Ministerin mukaan se on välttämätöntä, koska sillan kunto on tulvien jälkeen huonontunut ja ihmiset pelkäävät käyttää sitä, mutta työt kestävät vuoden loppuun.",
    "et": "Valitsus otsustas kolmapäeval, et jõe ületav sild remonditakse veel sel aastal. Ministri sõnul on see vajalik, kuna selle seisukord on pärast üleujutusi halvenenud ja inimesed kardavad seda kasutada, aga tööd kestavad ka aasta lõpuni.",
    "lv": "Valdība trešdien nolēma, ka tilts pār upi tiks remontēts vēl šogad. Pēc ministra teiktā, tas ir nepieciešams, jo tā stāvoklis pēc plūdiem ir pasliktinājies un cilvēki baidās to lietot, bet darbi ilgs līdz gada beigām.",
    "lt": "Vyriausybė trečiadienį nusprendė, kad tiltas per upę bus remontuojamas dar šiais metais. Pasak ministro, tai yra būtina, nes jo būklė po potvynių pablogėjo ir žmonės bijo juo naudotis, bet darbai truks iki metų pabaigos.",
    "id": "Pemerintah pada hari Rabu memutuskan bahwa jembatan di atas sungai itu akan diperbaiki pada tahun ini juga. Menurut menteri, hal ini perlu karena kondisinya memburuk setelah banjir dan orang-orang takut untuk melewatinya, tetapi pekerjaan tidak akan selesai dalam waktu dekat.",
    "vi": "Chính phủ hôm thứ tư đã quyết định sửa chữa cây cầu bắc qua sông ngay trong năm nay. Theo bộ trưởng, điều này là cần thiết vì tình trạng của cầu đã xấu đi sau lũ lụt và người dân không dám sử dụng, nhưng công việc sẽ kéo dài đến cuối năm.",
    "fa": "دولت روز چهارشنبه تصمیم گرفت که پل روی رودخانه را همین امسال تعمیر کند. به گفته وزیر، این کار ضروری است، زیرا وضعیت آن پس از سیل بدتر شده و مردم می‌ترسند از آن استفاده کنند.",
    "ar": "قررت الحكومة يوم الأربعاء إصلاح الجسر فوق النهر في هذا العام. وقال الوزير إن ذلك ضروري لأن حالته ساءت بعد الفيضانات والناس يخافون من استخدامه.",
    "ur": "حکومت نے بدھ کو فیصلہ کیا کہ دریا پر بنے پل کی اسی سال مرمت کی جائے گی۔ وزیر کے مطابق یہ ضروری ہے کیونکہ سیلاب کے بعد اس کی حالت بگڑ گئی ہے اور لوگ اس پر چلنے سے ڈرتے ہیں۔",
    "no": "Regjeringen bestemte onsdag at broen over elven skal repareres i år. Ifølge ministeren er det nødvendig fordi tilstanden har blitt verre etter flommen og folk er redde for å bruke den, men arbeidet vil vare ut året.",
    "is": "Ríkisstjórnin ákvað á miðvikudag að brúin yfir ána verði endurnýjuð á þessu ári. Samkvæmt ráðherranum er þetta nauðsynlegt því ástand hennar hefur versnað eftir flóðin og fólk er hrætt við að nota hana, en verkið mun taka allt árið.",
}  # fmt: skip


SERBIAN_IN_LATIN = "Vlada je u sredu odlučila da će se most preko reke obnoviti još ove godine. Prema rečima ministra, to je neophodno jer se njegovo stanje posle poplava pogoršalo i ljudi ga se boje koristiti, ali će radovi trajati do kraja godine."


@pytest.mark.parametrize("spoken", SPOKEN)
def test_a_text_says_its_language_where_nothing_is_declared(spoken):
    assert language.settle(None, SPOKEN[spoken]) == spoken
    assert language.guess(SPOKEN[spoken]) == spoken


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("en-US", SPOKEN["de"], "de"),  # a template nobody translated
        ("ru", SPOKEN["uk"], "uk"),
        ("uk", SPOKEN["ru"], "ru"),
        ("ru", SPOKEN["en"], "en"),
        ("de-AT", SPOKEN["de"], "de"),
        ("eng", SPOKEN["en"], "en"),
        ("eu", SPOKEN["en"], "eu"),  # what we do not know we cannot contradict
        ("de", "Too short to tell.", "de"),
        ("en", JAPANESE, "ja"),
        ("fa", "شورای بندر عصر سه‌شنبه درباره اسکله قدیمی تصمیم گرفت", "fa"),
        ("sr", SERBIAN_IN_LATIN, "sr"),
        ("bs", SERBIAN_IN_LATIN, "bs"),
        ("ku", SPOKEN["fa"], "ku"),
        ("ar", SPOKEN["fa"], "fa"),
        (None, "Too short to tell.", None),
        ("x-default", SPOKEN["en"], "en"),
    ],
)
def test_a_declaration_stands_unless_the_text_clearly_contradicts(declared, text, expected):
    assert language.settle(declared, text) == expected
