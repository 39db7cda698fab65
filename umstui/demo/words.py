"""Danish words that the demo school is put together from. Nobody here exists."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words("""
Agnes Alberte Alma Amalie Amanda Andrea Anna Anne Annika Asta Astrid Aya Bente Berit Birgit
Birgitte Bodil Camilla Caroline Cecilie Charlotte Clara Dagmar Dorte Dorthe Ea Edith Elin Ella
Ellen Elna Elsebeth Emilie Emma Esther Eva Fatima Filippa Freja Frida Gerda Gry Gudrun Hanne Heidi
Helle Helga Hjørdis Ida Ingeborg Inger Ingrid Iben Isabella Jane Jette Johanne Josefine Julie Kaja
Karen Karin Karla Katrine Kirsten Kirstine Klara Kristine Laura Lea Leila Lene Lærke Lilje Lis
Lise Liv Liva Lone Lotte Luna Maja Maren Margrethe Maria Marie Marianne Mathilde Merete Mette Mie
Mille Molly Nadia Naja Nanna Nora Olga Olivia Pernille Petra Pia Ragnhild Rigmor Rikke Ronja Rosa
Runa Sara Selma Signe Sigrid Silje Sofie Solveig Stine Susanne Tea Thea Thyra Tilde Tine Tove Ulla
Vera Vibeke Vilma Winnie Yrsa Åse Øllegård Zainab Adam Aksel Albert Alfred Ali Anders Andreas
Anker Anton Arne Arthur August Aage Bent Bertil Birk Bjarke Bjarne Bo Bøje Carl Casper Christian
Claus Daniel David Ditlev Ebbe Einar Elias Emil Erik Esben Felix Finn Frederik Frode Georg Gorm
Gustav Hannibal Hans Harald Hassan Helge Henrik Herluf Hjalmar Holger Hugo Ib Ivar Jacob Jakob
Jens Jeppe Jesper Johan Johannes Jonas Jørgen Jørn Kaj Karl Kasper Keld Kim Knud Kristian
Kristoffer Kresten Kåre Lars Lasse Laust Lauge Leif Loke Ludvig Mads Magnus Malthe Marius Martin
Mathias Mikkel Mohammed Morten Nicolai Niels Noah Nohr Ole Oliver Omar Oskar Otto Palle Peder Per
Peter Philip Poul Rasmus Regnar René Roar Rune Samuel Sebastian Sigurd Simon Sixten Skjold Svend
Sune Søren Tage Theodor Thor Thorbjørn Thorvald Tobias Tore Torben Troels Uffe Ulrik Vagn Valdemar
Verner Victor Viggo Vilhelm Villads William Yusuf Åge Ægir Øjvind Østen
""")

LAST_NAMES = _words("""
Aagaard Abildgaard Agerbo Ahmed Albæk Andersen Andreasen Ankersen Asmussen Bach Bak Balle Bang
Bech Bendtsen Berg Bertelsen Birk Bisgaard Bjerre Bjerregaard Bjørn Bloch Boesen Bonde Borg Brandt
Bro Brodersen Bruun Brøndum Buch Busk Buus Bækgaard Bøgh Bøje Carlsen Christensen Christiansen
Clausen Dahl Dalgaard Dalsgaard Dam Damgaard Danielsen Davidsen Degn Dideriksen Drejer Due Dyhr
Ebbesen Egeskov Elkjær Ellegaard Enevoldsen Engberg Eriksen Eskildsen Falk Fisker Fjeldsted Foged
Foss Frandsen Frederiksen Friis Fuglsang Færch Gade Gammelgaard Geertsen Gormsen Graversen
Gregersen Grønbæk Grønkjær Gram Gynther Haahr Haastrup Hald Halkjær Hammer Hansen Hartmann Hassan
Hedegaard Heide Henningsen Henriksen Hermansen Hjort Hjorth Hoffmann Holk Holm Holst Hougaard
Hussein Hvid Højgaard Høj Høgh Ibsen Iversen Jacobsen Jakobsen Jensen Jeppesen Jepsen Jespersen
Johansen Johnsen Juhl Juul Jørgensen Kaas Karlsen Kirk Kirkegaard Kjeldsen Kjær Kjærgaard Klausen
Klit Knudsen Koch Kofoed Krag Kragh Kristensen Kristiansen Krog Krogh Kruse Kuhlmann Kærgaard
Lange Larsen Lassen Lauridsen Lauritsen Laursen Leth Lind Lindholm Lomholt Lund Lundgaard Lykke
Løvgren Madsen Markussen Martinsen Mathiesen Meldgaard Mikkelsen Mogensen Mortensen Munk Myhre
Møller Mølgaard Nedergaard Nguyen Nielsen Nikolajsen Nissen Nygaard Nyholm Nymann Nørgaard
Nørregaard Odgaard Olesen Olsen Ottosen Overgaard Paulsen Pedersen Petersen Poulsen Quist Rahbek
Rasmussen Ravn Riis Rohde Rosenkilde Rytter Rønn Sandberg Schmidt Schou Schultz Simonsen Skaarup
Skov Skovgaard Skytte Smed Sommer Stampe Steffensen Storgaard Svane Svendsen Sørensen Søgaard
Søndergaard Thomsen Thorsen Thygesen Toft Toftegaard Torp Tang Tran Uldall Ullerup Vad Vang
Vestergaard Villadsen Vind Vinther Voss Væver Winther Worm Ziegler Ærø Æbelø Ørsted Østergaard
Øster Ågård Åkjær
""")

STREETS = _words("""
Aftenvænget Birkebakken Bøgelunden Drosselvej Egealle Elmestien Fasanvænget Fiskergade
Gartnerstræde Gyldenløvesvej Havnegade Hybenvej Hyldehaven Højskolevej Industrivej Jernbanegade
Kastanjealle Kirkestien Klitrosevej Kløvermarken Kornvænget Lærkevej Mosestien Møllebakken
Nørregade Pilehaven Præstegade Rugmarken Rønnebærvej Skolegade Skovbrynet Smedestræde Strandvænget
Solsortvej Søndergade Sønderport Teglværksvej Toldbodgade Torvegade Tværgade Ulvedalen Vestergade
Vibevej Ærtevej Ørnevej Østerbro Åbrinken Ålykke
""")

PLACES = _words("""
Nordhavn Kløverbakken Åbrinken Sønderlund Egeskær Højvang Mølleåen Vesterbæk Fjordager Bøgehøj
Tranekær Skovsø Ærteholm Østermark Lindeborg Klintholt Hedelund Rørvang Strandby Kornum Valdby
Søager Gåsebjerg Grønnehave Birkesø Fuglehøj Havdrup Ravnsø Ørbæk Åløkke Solbjerg Dyrehøj
Kildevæld Teglholm Stensbro Brændholt Lyngå Enghave Svanesø Hjortekær Æblehave Kærby Nørrevang
Pilemark Rosenhøj Måneby Dalsø Bakkely Marehalm Tornby
""")

ACADEMIC_SUBJECTS = _words("""
Dansk Engelsk Matematik Historie Samfundsfag Idræt Biologi Fysik Kemi Tysk Fransk Spansk Musik
Billedkunst Religion Oldtidskundskab Naturgeografi Psykologi
""")

BUSINESS_SUBJECTS = (
    "Virksomhedsøkonomi", "Afsætning", "International økonomi", "Erhvervsjura", "Dansk", "Engelsk",
    "Informatik", "Matematik", "Innovation", "Tysk", "Spansk", "Samtidshistorie",
)  # fmt: skip

TRADE_SUBJECTS = (
    "Værkstedslære", "Arbejdsmiljø", "Materialelære", "Grundfag dansk", "Grundfag matematik",
    "Førstehjælp", "Bæredygtighed", "Iværksætteri",
)  # fmt: skip

# A trade and the short name that its classes carry (Kort_Betegnelse).
TRADES = (
    ("Smed", "SM"), ("Tømrer", "TØ"), ("Elektriker", "EL"), ("Kok", "KO"), ("Frisør", "FR"),
    ("Mekaniker", "ME"), ("Bager", "BA"), ("Gartner", "GA"), ("Væver", "VÆ"), ("Maler", "MA"),
)  # fmt: skip

# Words for a name that itslearning has no room for (more than 64 characters).
LONG_FIRST_NAMES = "Anna Sofie Margrethe Elisabeth Charlotte Frederikke Wilhelmine Dorothea Æbelone"
