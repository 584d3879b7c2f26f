"""Names that stand for each other in composed documents, so that no company carries weight.

Real listed companies, indices and coins beside invented ones; only the exchange of names uses them.
"""

from __future__ import annotations

from typing import Final

__all__ = ["COMPANIES", "INVENTED"]

COMPANIES: Final = tuple(
    """Adidas;Airbus;Alibaba;Allianz;Alphabet;Amazon;AMD;Apple;ASML;Aurubis;BASF;Baidu;Barclays;Bayer;Beiersdorf;Biontech;BioNTech;
Bitcoin;BlackRock;BMW;Boeing;Broadcom;BYD;Carnival;Caterpillar;Chevron;Cisco;Coca-Cola;Coinbase;Commerzbank;Continental;Covestro;
Deere;Delivery Hero;Deutsche Bank;Deutsche Post;Deutsche Telekom;Deutz;Disney;E.ON;Ethereum;Evotec;ExxonMobil;Ford;Freenet;Fresenius;
GameStop;General Electric;General Motors;Gerresheimer;Glencore;Hapag-Lloyd;Heidelberg Materials;HelloFresh;Hensoldt;Home Depot;
HSBC;Hugo Boss;Infineon;Intel;Jungheinrich;JPMorgan;K+S;Kion;Lanxess;Lufthansa;LVMH;Mastercard;McDonald's;Mercedes-Benz;Merck;Meta;
Micron;Microsoft;MicroStrategy;Moderna;MTU;Nel ASA;Nestlé;Netflix;Nike;Nio;Nokia;Nordex;Novartis;Novo Nordisk;Nvidia;Oracle;Palantir;
PayPal;PepsiCo;Pfizer;Plug Power;Porsche;ProSiebenSat.1;Puma;Qualcomm;Renk;Rheinmetall;Rivian;Roche;RWE;Salesforce;Sanofi;SAP;
Sartorius;Shell;Shopify;Siemens;Siemens Energy;SMA Solar;Snowflake;Solana;Sony;Spotify;Starbucks;Stellantis;Super Micro;Symrise;
Target;TeamViewer;Tesla;Thyssenkrupp;thyssenkrupp;Toyota;TSMC;TUI;Uber;UBS;Unilever;Varta;Verizon;Visa;Vodafone;Volkswagen;Vonovia;
Walmart;Wacker Chemie;Xiaomi;Zalando""".replace("\n", "").split(";")
)

INVENTED: Final = tuple(
    """Adlerhorst Energie;Albion Ferries;Arvenia Pharma;Bergkamp Logistik;Birchmere Foods;Caldera Robotics;Castlemoor;Corvane Mining;
Dunmore Semiconductor;Elbtal Chemie;Fjordal;Grauwacke Bau;Halcyra;Harzer Maschinenfabrik;Inverloch Biotech;Kestrel Airways;Kupferberg AG;
Lindqvist Marine;Lommatzsch Solar;Marrowstone;Nordlicht Software;Ostrava Steel;Pelagian Data;Quillfeather Media;Rothenbach;Sauerland Optik;
Silverwick Bank;Tallgrass Freight;Thornbury Retail;Ulmer Ventile;Veldkamp;Westerwald Keramik;Yarrow Health;Zellinger Papier""".replace(
        "\n", ""
    ).split(";")
)
