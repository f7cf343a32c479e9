"""Reviews to click on."""

LONG = (
    "I bought this coffee machine in spring, after the old one had given up, and I want to tell it from the start "
    "because the first weeks were not encouraging. The box came dented, the manual was for another model, and the "
    "water tank did not sit straight until I had taken it out and put it back a dozen times. The first cups were "
    "lukewarm. I wrote to the seller, who answered after six days with a link to the page I had bought it from. "
    "By then I had found out myself that the machine wants to be rinsed twice before it heats as it should, which "
    "the right manual says on page three. From there on it got better. The grinder is quieter than any I have "
    "had, the milk comes out warm and dense, and my father, who trusts nothing with a display, makes his own "
    "cappuccino now. In June the lid of the bean container cracked, and a new one arrived within two days and "
    "without a question. I have since made some eight hundred cups. Twice a week it asks to be cleaned, which "
    "takes a minute; every second month it wants to be descaled, which takes half an hour and is a nuisance. The "
    "drip tray is too small for a family. The light cannot be switched off, so the kitchen glows blue at night. "
    "And still, when friends ask me what to buy, I tell them to take this one, to throw away the manual, and to "
    "be patient for a week. For the price there is nothing that comes near it, and every morning I am glad that I "
    "did not send it back."
)
# Short name -> (title, text).
EXAMPLES = {
    "Loved it": ("", "I loved this product! It exceeded my expectations."),
    "It broke": ("", "Terrible experience. It broke after two days."),
    "Just okay": ("", "It was just okay. Not great, not terrible."),
    "Not sure": ("", "I'm not sure how I feel about this. It has pros and cons."),
    "Amazing": ("", "Absolutely amazing! Will buy again."),
    "With a title": ("Not bad at all", "For the price it does what it should, though the manual is useless."),
    "Irony": ("", "Great, another charger that dies within a week. Just what I needed."),
    "A long one": ("Patience pays", LONG),
}
EXAMPLE_LINES = """\
I loved this product! It exceeded my expectations.
Terrible experience. It broke after two days.
It was just okay. Not great, not terrible.
The blender is loud, but it crushes ice in seconds and is easy to clean.
I wanted to like it. The zip tore on the first trip.
Arrived on time, works as described.
Great, another charger that dies within a week. Just what I needed.
My daughter reads nothing else since she got it.
The sound is thin, and the left side went silent after a month.
For the price there is nothing that comes near it."""
