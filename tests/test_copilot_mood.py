"""The customer's mood: emotion, situation and urgency over labelled messages in several languages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.models import Emotion, Situation, Urgency
from copilot.understand.mood import Mood, read_mood
from copilot.understand.request import read_request
from knowledge_base.models import Conversation, Message

# text | emotions that a reader would accept | situation (- is none) | urgency. Written before the lexicon.
LABELLED = """
Hi, do you also ship to Ireland and what does it cost? | neutral | - | normal
Which bulb fits the table lamp with the brass foot? | neutral | - | normal
How do I change the delivery day of my coffee subscription? | neutral | - | normal
Can I pay by invoice if I live in Austria? | neutral | - | normal
The kettle came with a big dent in the side and the box was crushed too. | neutral disappointed | service_failure | normal
I'm really let down. The shelf was meant to be a gift and it came in the wrong colour. | disappointed | service_failure | normal
My parcel was due on Tuesday and still nothing. This is the third time I am writing to you! | frustrated | service_failure | high
I HAVE BEEN WAITING TWO WEEKS!!! NOBODY ANSWERS!!! | angry | service_failure | high
You are useless idiots, give me my money back now | angry | aggressive_customer | high
If this isn't refunded by Friday you'll be hearing from my solicitor. | angry | aggressive_customer | high
There was smoke coming out of the blender and it smells of burning plastic | worried neutral | emergency | critical
The lamp gave my son an electric shock when he touched the switch! | worried angry | emergency | critical
I know I'm a bit past the 30 days but could you make an exception and take the mixer back? | neutral worried | policy_restriction | normal
I was in hospital and missed the return window, is there anything you can do? | worried neutral disappointed | policy_restriction | normal
I demand 1000 euros compensation for the two days without coffee. | angry frustrated | unreasonable_demand | high
You should give me free coffee for life after what happened | frustrated angry disappointed neutral | unreasonable_demand | normal
I left a one star review because your delivery was awful. | angry disappointed frustrated | negative_feedback | normal
The seller on Second Life sent me a lamp that is not as described and refuses to answer. | frustrated disappointed neutral | customer_dispute | normal
The buyer says the mixer was scratched, but it was perfect when I packed it. | neutral frustrated worried | customer_dispute | normal
Machine shows E4 and I already descaled it twice, what is the next step? | neutral confused frustrated | complex_technical | normal
I don't understand the app, where do I enter the code? It just goes back to the start. | confused | complex_technical | normal
Sorry my english is not good. Lamp arrive, no light. | neutral | language_barrier | normal
How long does delivery of a bed frame usually take? | neutral | expectations | normal
When will my money be back on the card? | neutral | expectations | normal
I need it for my daughter's birthday tomorrow, will it arrive in time? | worried | expectations | high
Someone ordered two coffee machines on my account and it wasn't me, please help! | worried | - | high
I have been charged twice for the same order. | neutral frustrated disappointed | service_failure | normal
Thank you so much, the new lamp is wonderful! | pleased | - | low
Great service, it's all sorted now, thanks Maya | pleased | - | low
No hurry at all, but could you tell me when the grey version is back? | neutral | expectations | low
I'm not angry, I would just like to know what happened to my order. | neutral | - | normal
There is no smoke and no smell, it simply doesn't switch on any more. | neutral | service_failure | normal
Fed up with this. Cancel everything, I'm going to another shop. | angry frustrated | - | high
Hola, ¿tenéis la lámpara Nook en negro? | neutral | - | normal
Mi pedido no ha llegado y ya es la segunda vez que escribo, estoy harta | frustrated angry | service_failure | high
Estoy muy decepcionado, la batidora llegó rota. | disappointed | service_failure | normal
¡Sois unos sinvergüenzas, devolvedme el dinero ya! | angry | aggressive_customer | high
Sale humo de la cafetera y huele a quemado | worried neutral | emergency | critical
Sé que han pasado más de 30 días, pero ¿podrían hacer una excepción? | neutral worried | policy_restriction | normal
¿Cuánto tarda el reembolso? | neutral | expectations | normal
Muchas gracias, todo perfecto, un servicio estupendo | pleased | - | low
No entiendo cómo se monta el paso 4, me sobran dos tornillos | confused | complex_technical | normal
La boda de mi hermana es el sábado y el paquete no aparece, estoy muy preocupada | worried | service_failure | high
Bonjour, est-ce que la bouilloire existe en 220 volts ? | neutral | - | normal
C'est inadmissible, trois semaines que j'attends et aucune réponse ! | angry frustrated | service_failure | high
Je suis très déçue, le colis est arrivé cassé. | disappointed | service_failure | normal
Bande d'incapables, vous êtes des voleurs ! | angry | aggressive_customer | high
La lampe a fait des étincelles et ça sent le brûlé | worried neutral | emergency | critical
Je vais saisir mon avocat et la répression des fraudes. | angry | aggressive_customer | high
J'ai laissé un avis négatif sur Trustpilot, votre livraison est lamentable. | angry disappointed frustrated | negative_feedback | normal
Je ne parle pas bien français, excusez-moi. Où est mon paquet ? | neutral | language_barrier | normal
Merci beaucoup, c'est parfait ! | pleased | - | low
Guten Tag, gibt es den Wasserkocher auch in Grün? | neutral | - | normal
Ich bin stinksauer, zum dritten Mal falsche Ware! | angry | service_failure | high
Leider ist die Lampe kaputt angekommen, sehr schade. | disappointed | service_failure | normal
Ihr seid doch alle Betrüger, ich gehe zum Anwalt | angry | aggressive_customer | high
Aus dem Mixer kam Rauch und es hat gefunkt, ich habe Angst | worried | emergency | critical
Die Frist ist leider schon um, geht es aus Kulanz trotzdem? | neutral worried disappointed | policy_restriction | normal
Wie lange dauert es, bis die Erstattung auf dem Konto ist? | neutral | expectations | normal
Die Maschine zeigt Fehler E3, was muss ich jetzt Schritt für Schritt tun? | neutral confused | complex_technical | normal
Ich verstehe die Rechnung nicht, können Sie mir das erklären? | confused | - | normal
Mein Konto wurde gehackt, da sind Bestellungen, die nicht von mir sind! | worried | - | high
Vielen Dank, hat super geklappt! | pleased | - | low
Kein Rauch, kein Geruch, sie geht nur nicht mehr an. | neutral | service_failure | normal
Buongiorno, spedite anche in Sicilia? | neutral | - | normal
Sono furiosa, è la terza volta che vi scrivo e nessuno risponde | angry | service_failure | high
Il bollitore è arrivato rotto, che delusione | disappointed | service_failure | normal
Esce fumo dalla macchina del caffè e puzza di bruciato! | worried neutral | emergency | critical
Siete dei ladri, vergognatevi | angry | aggressive_customer | high
Grazie mille, siete stati gentilissimi | pleased | - | low
Quando arriverà il mio ordine? | neutral | expectations | normal
Bom dia, fazem entregas na Madeira? | neutral | - | normal
Estou muito desapontado, o candeeiro chegou partido | disappointed | service_failure | normal
Ninguém me responde há duas semanas, isto é uma vergonha! | angry frustrated | service_failure | high
Desculpe, não falo bem português. Onde está encomenda? | neutral | language_barrier | normal
Quanto tempo demora a devolução do dinheiro? | neutral | expectations | normal
Goedemiddag, leveren jullie ook in België? | neutral | - | normal
Ik ben erg teleurgesteld, de plank kwam beschadigd aan. | disappointed | service_failure | normal
Dit is al de derde keer dat ik mail, ik ben het zat | frustrated angry | - | high
Er kwamen vonken uit de waterkoker en het ruikt verbrand | worried neutral | emergency | critical
Ik weet dat ik te laat ben met retourneren, kan het bij uitzondering toch? | neutral worried | policy_restriction | normal
Hartelijk dank, alles is geregeld! | pleased | - | low
Paczka nie dotarła i nikt nie odpowiada, jestem wściekła | angry | service_failure | normal high
Jestem rozczarowany, czajnik przyszedł uszkodzony | disappointed | service_failure | normal
"""

# Written after the lexicon was settled, to see how far it reaches; never used to mend it.
UNSEEN = """
Could you tell me whether the Fjord shelf comes in oak? | neutral | - | normal
What is the difference between the two coffee roasts? | neutral | - | normal
I'd like to update my billing address please. | neutral | - | normal
The tracking hasn't changed for eight days, where on earth is my desk? | frustrated worried neutral | service_failure | normal
Honestly I expected a lot more from you, the finish is already peeling off. | disappointed | service_failure | normal
Absolutely livid. You lied to me on the phone and now the money is gone. | angry | service_failure | normal high
My patience is at an end, five e-mails and not one reply. | frustrated angry | service_failure | high
You bunch of liars, I will see you in court. | angry | aggressive_customer | high
The plug got so hot that it melted the socket, and there was a flash. | worried neutral | emergency | critical
The glass jug exploded in my hand and I am bleeding. | worried neutral | emergency | critical
I'm 35 days in, not 30. Is there any chance you would still accept the return? | neutral worried | policy_restriction | normal
I want five thousand pounds for the stress you caused me. | frustrated angry neutral | unreasonable_demand | normal high
I've just posted a 1 star review, you deserve it. | angry disappointed frustrated neutral | negative_feedback | normal
The person who bought my sofa bed claims it arrived damaged and wants everything back. | neutral worried frustrated | customer_dispute | normal
Pairing fails at step 3, the light blinks red twice, I've reset it already. | neutral frustrated | complex_technical | normal
Please write easy, I learn english only one year. | neutral | language_barrier | normal
Roughly how many days until a refund shows up? | neutral | expectations | normal
The party is on Saturday, please tell me it will get here before then! | worried | expectations | high
Cheers, brilliant work, everything arrived in one piece | pleased | - | low
I'm lost, what am I supposed to click after the login page? | confused | - | normal
¿De qué material es la funda del edredón? | neutral | - | normal
El tostador hace ruidos raros y la puerta no cierra bien, menuda decepción. | disappointed | service_failure | normal
Os voy a denunciar, esto es un robo | angry | aggressive_customer | high
Llevo tres semanas pidiendo mi dinero y me ignoráis por completo. | frustrated angry | service_failure | normal high
¿Me llegará antes de Reyes si lo pido hoy? | neutral worried | expectations | normal
Me ha dado un calambre al tocar la lámpara | worried neutral | emergency | critical
Quel est le poids maximal pour cette étagère ? | neutral | - | normal
Le mixeur s'arrête tout seul au bout de deux minutes. | neutral | service_failure | normal
J'en ai assez d'attendre, c'est la cinquième fois que je vous contacte. | frustrated angry | - | high
Pourriez-vous faire un geste ? Je sais que le délai est dépassé de six jours. | neutral worried | policy_restriction | normal
Vous recevrez un courrier de mon avocat | angry | aggressive_customer | high
Merci infiniment, vous m'avez sauvé la journée ! | pleased | - | low
Hat der Schreibtisch eine Kabelöffnung? | neutral | - | normal
Schon wieder das falsche Kissen, langsam verliere ich die Geduld. | frustrated angry | service_failure | normal high
Es riecht nach verschmortem Plastik, sobald ich den Wasserkocher einschalte | worried neutral | emergency | critical
Können Sie mir sagen, wann die Ware wieder lieferbar ist? | neutral | expectations | normal
Ich kenne mich mit Technik nicht aus, das Display bleibt bei E5 stehen. | confused neutral | complex_technical | normal
Super Service, sehr freundlich, gerne wieder! | pleased | - | low
La macchina perde acqua da sotto, peccato perché mi piaceva molto. | disappointed | service_failure | normal
Non ne posso più, sono settimane che chiedo il rimborso | frustrated angry | - | normal high
Di che colore è la lampada in foto? | neutral | - | normal
Já é a quarta vez que explico o mesmo problema, estou farta. | frustrated angry | - | high
A cafeteira deita fumo quando a ligo | worried neutral | emergency | critical
Kan ik het dekbed ook in 240 x 220 bestellen? | neutral | - | normal
De doos was open en er ontbraken twee kussens, erg jammer. | disappointed | service_failure | normal
Wat een waardeloze bende, ik wil nu mijn geld terug! | angry | service_failure | normal high
"""


def rows(table: str) -> list[tuple[str, set[str], str, set[str]]]:
    """A table's rows: text, accepted emotions, situation, accepted urgencies."""
    out = []
    for line in table.strip().splitlines():
        text, emotions, situation, urgency = (part.strip() for part in line.split(" | "))
        out.append((text, set(emotions.split()), situation, set(urgency.split())))
    return out


def chat(*texts: str) -> Conversation:
    """A conversation; a text that begins with `A:` is the agent's."""
    return Conversation(
        tuple(
            Message("agent", text[2:].strip()) if text.startswith("A:") else Message("customer", text)
            for text in texts
        )
    )


def mood(*texts: str) -> Mood:
    """The mood of a conversation of these messages."""
    conversation = chat(*texts)
    return read_mood(conversation, read_request(conversation), language=None)
