"""What the bakery attaches to its complaints about the telephone: measurements of each stage of the fault."""

from izarlink_tickets.demo.files import loss_graph, report, trace

FIRST_TRACE = trace(
    "mtr-standard.txt",
    (
        "Start: fournil-fw -> sbc1.voix.izarlink.example",
        "HOST: fournil-fw                 Loss%   Snt   Last   Avg  Best  Wrst StDev",
        "  1.|-- 192.168.17.1              0.0%   600    0.4   0.5   0.3   2.1   0.1",
        "  2.|-- bay-acc-3.izarlink.example 7.2%   600    3.1   4.8   2.7  88.4   9.6",
        "  3.|-- bay-core-1.izarlink.example 7.0%  600    3.6   5.2   3.1  91.0   9.9",
        "  4.|-- sbc1.voix.izarlink.example 7.1%   600    4.0   5.5   3.4  90.2   9.8",
    ),
)
SECOND_TRACE = trace(
    "mtr-standard-2.txt",
    (
        "Start: fournil-fw -> sbc1.voix.izarlink.example",
        "HOST: fournil-fw                 Loss%   Snt   Last   Avg  Best  Wrst StDev",
        "  1.|-- 192.168.17.1              0.0%   600    0.4   0.5   0.3   1.9   0.1",
        "  2.|-- bay-acc-3.izarlink.example 2.8%   600    3.0   3.9   2.7  61.3   5.2",
        "  3.|-- bay-core-1.izarlink.example 2.7%  600    3.5   4.3   3.1  60.8   5.3",
        "  4.|-- sbc1.voix.izarlink.example 2.8%   600    3.9   4.7   3.4  62.0   5.3",
    ),
)
MORNING_GRAPH = loss_graph("pertes-appels.png", (0, 1, 6, 8, 7, 1, 0, 9, 8, 6, 7, 2, 0, 0, 7, 9, 8, 1, 0, 0))


TRACE_BEYOND_THE_LINE = trace(
    "mtr-heures-de-commande.txt",
    (
        "HOST: fournil-fw                 Loss%   Snt   Last   Avg  Best  Wrst StDev",
        "  1.|-- 192.168.17.1              0.0%  1200    0.4   0.5   0.3   2.0   0.1",
        "  2.|-- bay-acc-3.izarlink.example 0.0%  1200    2.9   3.1   2.6  11.2   0.4",
        "  3.|-- bay-core-1.izarlink.example 0.0% 1200    3.4   3.6   3.1  12.0   0.5",
        "  4.|-- peer-voix.izarlink.example 9.4%  1200    7.8  31.5   3.9 240.6  44.7",
        "  5.|-- sbc1.voix.izarlink.example 9.5%  1200    8.1  32.0   4.1 241.3  44.9",
    ),
)
GRAPH_AT_ORDERING_TIME = loss_graph(
    "pertes-10h-11h.png", (0, 0, 2, 9, 12, 14, 11, 3, 0, 10, 15, 13, 12, 4, 0, 0, 11, 12, 9, 1)
)
CALL_LOG = report(
    "appels-coupes.pdf",
    (
        "Boulangerie Etxea - standard du fournil",
        "Appels coupés, relevé de l'autocommutateur",
        "",
        "10:04   Restaurant Le Chistera      coupé après 41 s",
        "10:11   Hôtel de la Nive            coupé après 18 s",
        "10:19   École Jean-Moulin           coupé après 73 s",
        "10:26   Hôtel de la Nive            coupé après 9 s",
        "10:48   Traiteur Ospital            coupé après 55 s",
        "",
        "5 appels coupés sur 23 entre 10 h et 11 h",
    ),
)
