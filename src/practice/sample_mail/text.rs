//! The letters' words: all invented. `{n}` becomes a number, `{day}` a weekday, `{place}` a place.

/// Someone who writes or is written to: name and address.
pub(super) type Person = (&'static str, &'static str);

/// The owner of the practice account.
pub(super) const OWNER: Person = ("Robin Sample", super::ADDRESS);

const BENEDIKT: Person = ("Benedikt Vogelsang", "benedikt@vogelsang.example");
const FRANCOISE: Person = ("Françoise Merlinette", "francoise@merlinette.example");
const JUERGEN: Person = ("Jürgen Öhlschläger", "juergen@hausverwaltung.example");
pub(super) const DMITRI: Person = ("Dmitri Orlovets", "dmitri@orlovets.example");
pub(super) const HIRO: Person = ("Hiro Tanemura", "hiro@tanemura.example");

/// Those who write German and French.
pub(super) const WESTERNERS: &[Person] = &[BENEDIKT, FRANCOISE, JUERGEN];

pub(super) const PEOPLE: &[Person] = &[
    ("Ada Quill", "ada@quill.example"),
    BENEDIKT,
    ("Carys Penhallow", "carys@harbour-bakery.example"),
    DMITRI,
    ("Elif Sandalji", "elif@cycle-club.example"),
    FRANCOISE,
    ("Gwen Tarragon", "gwen@village-choir.example"),
    HIRO,
    ("Imogen Flax", "imogen@allotment.example"),
    JUERGEN,
];

pub(super) const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const PLACES: &[&str] = &["the boathouse", "the old school", "the market hall", "the library", "our kitchen", "the station"];

/// A letter's subject and its paragraphs.
pub(super) struct Topic {
    pub(super) subject: &'static str,
    pub(super) text: &'static [&'static str],
}

pub(super) const ENGLISH: &[Topic] = &[
    Topic {
        subject: "Choir practice on {day}",
        text: &[
            "Dear all,",
            "we meet on {day} at half past seven in {place}. Please bring the blue folder; we start with number {n} and see how far we get before tea.",
            "The tenors asked for the recording of last week. I have it on a stick and will bring {n} copies.",
            "Warm regards",
        ],
    },
    Topic {
        subject: "Your order no. {n}",
        text: &[
            "Thank you for your order. {n} rolls and two rye loaves are put aside for you until {day} noon.",
            "You can pay when you come. If something is missing, please tell us the same day, so that we can bake it again.",
        ],
    },
    Topic {
        subject: "The tour to {place}",
        text: &[
            "Hello,",
            "the weather looks good for {day}. We leave from {place} at nine, {n} kilometres, two climbs, and cake in the middle.",
            "Bring a spare tube. Last time four of us had none, and the walk home was long.",
        ],
    },
    Topic {
        subject: "Plot {n}: water and compost",
        text: &[
            "Good morning,",
            "the water will be switched on again on {day}. Please close the tap behind the shed first; last spring it ran for two days.",
            "The heap by the gate is ready. Take what you need, about {n} barrows are there.",
            "Many thanks to everyone who helped with the fence.",
        ],
    },
    Topic {
        subject: "Photographs from {day}",
        text: &[
            "Here are some of the pictures. The one in {place} came out best, I think, though somebody blinked, as somebody always does.",
            "If you want the large ones, tell me; there are {n} in all.",
        ],
    },
    Topic {
        subject: "Minutes of meeting {n}",
        text: &[
            "Present: nine members. The treasurer reported a balance of {n} crowns.",
            "It was agreed to repair the roof of {place} before the winter, and to ask three firms for an offer by {day}.",
            "There being no other business, the meeting closed at ten past nine.",
        ],
    },
    Topic {
        subject: "Recipe you asked for",
        text: &[
            "Take {n} grams of flour, a little less butter, and patience. Leave it in the cold overnight; do not be tempted on {day} already.",
            "The oven should be hotter than you think. When it smells right it needs four more minutes.",
        ],
    },
    Topic {
        subject: "Lost umbrella",
        text: &[
            "Someone left a green umbrella in {place}. It hangs on hook {n} and may be fetched until {day}.",
            "If nobody wants it, the choir will raffle it.",
        ],
    },
];

/// Letters in Latin-1's reach.
pub(super) const WESTERN: &[Topic] = &[
    Topic {
        subject: "Heizung in der Müllerstraße {n}",
        text: &[
            "Sehr geehrte Frau Sample,",
            "die Heizung wird am Dienstag zwischen acht und zwölf Uhr geprüft. Bitte öffnen Sie den Keller; der Schlüssel hängt am grünen Haken.",
            "Für die Wohnung {n} rechnen wir mit höchstens zwei Stunden Kälte.",
            "Mit freundlichen Grüßen",
        ],
    },
    Topic {
        subject: "Bücher für den Märchenabend",
        text: &[
            "Liebe Freunde,",
            "wir lesen diesmal die sieben Raben, und wer mag, erzählt danach selbst. Es gibt {n} Stühle, Tee und Äpfel.",
            "Über die Länge müssen wir noch reden: voriges Mal schliefen die Jüngsten schon beim Öffnen des Buches.",
        ],
    },
    Topic {
        subject: "L'été à la maison bleue",
        text: &[
            "Chère Robin,",
            "les fenêtres sont réparées, et le pêcher a donné {n} fruits. Venez quand vous voudrez : la clé est chez la voisine.",
            "À bientôt, et n'oubliez pas les bottes.",
        ],
    },
];

pub(super) const RUSSIAN: &[Topic] = &[
    Topic {
        subject: "Письмо о лодке",
        text: &["Добрый день!", "Лодка готова, краска высохла. Осталось {n} рублей на новый парус.", "Приезжайте в субботу, будет чай."],
    },
    Topic { subject: "Яблоки", text: &["В этом году яблок много: {n} вёдер. Заберите сколько сможете."] },
];

pub(super) const JAPANESE: &[Topic] = &[
    Topic {
        subject: "春の便り", text: &["こんにちは。", "庭の桜が咲きました。写真を{n}枚送ります。", "またお会いしましょう。"]
    },
    Topic { subject: "本のお礼", text: &["お借りした本を読みました。{n}ページが一番好きです。"] },
];

/// Letters with characters of every kind.
pub(super) const UNIVERSAL: &[Topic] = &[
    Topic {
        subject: "Menu for {day} 🍲",
        text: &["Soup – “the red one” – and bread. Crème brûlée if the eggs last; žluťoučký kůň, as Ada says, whatever that means.", "We are {n} at table ☕"],
    },
    Topic {
        subject: "Re: Straße → Strand", text: &["Yes! ✓ The train at {n} past, then on foot. Ελα κι εσύ.", "Bring nothing but yourself 🙂"]
    },
];

pub(super) const JUNK: &[Topic] = &[
    Topic {
        subject: "You have won {n} golden teapots",
        text: &["Congratulations, dear lucky person.", "Send us only your name, your shoe size and {n} crowns, and the teapots are yours by {day}."],
    },
    Topic { subject: "Cheap clouds, {n} percent off", text: &["Clouds of every size. Cumulus while stocks last. No refunds after rain."] },
];
