"""Small words that betray a language, and greetings that are one: detectors are wrong on such short texts."""

from __future__ import annotations

_GREETINGS = {
    "en": """
        hi, hello, hey, hi there, hello there, thanks, thank you, thanks a lot, thank you very much,
        please, good morning, good afternoon, good evening, bye, goodbye, yes please, no thanks""",
    "es": """
        hola, gracias, muchas gracias, buenos días, buenos dias, buenas tardes, buenas noches, por
        favor, hola buenas, adiós, hasta luego""",
    "fr": """
        bonjour, merci, merci beaucoup, bonsoir, salut, s'il vous plaît, s'il vous plait, au revoir, oui
        merci""",
    "de": """
        danke, vielen dank, danke schön, guten tag, guten morgen, guten abend, bitte, tschüss, ja bitte,
        mit freundlichen grüßen""",
    "it": """
        ciao, grazie, grazie mille, buongiorno, buonasera, salve, per favore, arrivederci""",
    "pt": """
        olá, obrigado, obrigada, muito obrigado, muito obrigada, bom dia, boa tarde, boa noite""",
    "nl": """
        dank u, dank je, dank je wel, dank u wel, bedankt, goedemorgen, goedemiddag, goedenavond,
        alsjeblieft, alstublieft""",
    "pl": """
        cześć, dzień dobry, dziękuję, dziękuje, proszę, do widzenia, dobry wieczór""",
    "sv": """
        hej, tack, tack så mycket, god morgon, hej då, hejsan""",
    "tr": """
        merhaba, teşekkürler, teşekkür ederim, günaydın, iyi günler, lütfen, selam""",
}

_WORDS = {
    "en": """
        the a an i you he she it we they my your his her our is are am was were be been has have had do
        does did not no to of in on at for with from by and or but this that these those what when where
        why how who which will would can could should please i'm it's don't can't didn't haven't there
        here still never order help need want get got any some me hello thanks""",
    "es": """
        el la los las un una unos yo tú usted él ella nosotros mi mis su sus es son está están estoy era
        fue ser ha han he hay no sí de del en con por para al a y o pero que qué cuándo dónde cómo quién
        cuál este esta eso esto se me te le lo nos muy más también porque todavía aún ya quiero necesito
        puedo tengo pedido hola gracias""",
    "fr": """
        le la les un une des du de je tu vous il elle nous mon ma mes votre vos son sa ses leur est sont
        suis était êtes a ont ai avez pas ne n'est n'ai j'ai c'est et ou mais que qui quand où comment
        pourquoi quel quelle ce cette ces en dans sur avec pour par au aux à se me lui y très plus
        encore toujours commande bonjour merci""",
    "de": """
        der die das den dem des ein eine einen einem einer ich du sie er wir ihr mein meine meinen ihre
        ihren ist sind bin war waren sein hat habe haben nicht kein keine und oder aber dass was wann wo
        wie warum wer welche dieser diese dieses zu zum zur im in am an auf mit von vom für bei nach aus
        es mir mich sich noch schon auch sehr bitte kann können möchte wird werden danke""",
    "it": """
        il lo la i gli le un uno una io tu lei lui noi mio mia miei suo sua è sono sei era ha ho hanno
        non di del della dei delle da dal in nel nella con per al alla a e o ma che cosa quando dove
        come perché chi quale questo questa si mi ti ci ne molto più anche ancora già vorrei posso c'è
        ordine ciao grazie buongiorno""",
    "pt": """
        o a os as um uma eu tu você ele ela nós meu minha meus seu sua é são está estão estou era foi
        ser tem tenho há não sim de do da dos das em no na nos nas com por para ao à e ou mas que quando
        onde como quem qual este esta isso isto se me lhe muito mais também porque ainda já quero
        preciso posso encomenda pedido pelo pela olá obrigado obrigada""",
    "nl": """
        de het een ik jij je u hij zij ze wij we mijn uw jouw zijn haar is ben bent was waren heeft heb
        hebben niet geen en of maar dat wat wanneer waar hoe waarom wie welke deze dit die te in op aan
        met van voor bij naar uit er mij me zich nog al ook heel graag kan kunnen wil wordt worden
        bestelling bedankt""",
    "pl": """
        i w z na do nie to jest są był była było mam mój moja moje się że co kiedy gdzie jak dlaczego
        kto który która te ten ta o od dla po za przez przy ale lub czy ja ty pan pani my mi mnie jego
        jej ich bardzo już jeszcze też także proszę mogę chcę zamówienie dziękuję""",
    "sv": """
        en ett den det de jag du han hon vi ni min mitt mina din ditt är var har hade inte ingen och
        eller men att vad när hur varför vem vilken denna detta dessa till i på av med för från om som
        mig dig sig ännu redan också mycket tack kan vill skulle blir beställning hej""",
    "tr": """
        bir bu şu o ben sen biz siz onlar benim sizin ve veya ama ile için de da ne nerede nasıl neden
        kim hangi değil yok var mi mı mu mü çok daha henüz hâlâ ki gibi kadar sonra lütfen istiyorum
        olarak olan sipariş siparişim merhaba""",
}


def _by_word() -> dict[str, frozenset[str]]:
    languages: dict[str, set[str]] = {}
    for language, words in _WORDS.items():
        for word in words.split():
            languages.setdefault(word, set()).add(language)
    return {word: frozenset(found) for word, found in languages.items()}


GREETINGS = {
    " ".join(phrase.split()): language
    for language, phrases in _GREETINGS.items()
    for phrase in phrases.split(",")
}
"""A whole message in small letters to its language."""

WORDS = _by_word()
"""A frequent word to the languages that write it."""
