"""Network files: what was written comes back to the last bit, other programs agree, and a file
that is wrong is refused by line and column."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogamut.errors import NetworkError, UsageError
from neurogamut.exchange import source
from neurogamut.exchange.examples import example_names
from neurogamut.inference.elimination.engine import Engine
from neurogamut.network import Cpt, Network, Variable
from support.enumeration import random_network, to_agrum

FILES = Path(__file__).parent / "networks"
FORMATS = ("bif", "xmlbif", "net", "xdsl", "uai")
NAMES = (
    "light-on",
    "very often",
    "früh",
    'x"y"',
    "<5",
    "{q}",
    "a,b;c|d",
    "(p)",
    "[0,10)",
    "% c",
    "// d",
    "# e",
    "日本",
    "a&b",
    "0",
    "\\",
    '\\"',
    "</NAME>",
    "--",
    "A",
    "a",
    "table",
    "node",
)
RAIN = """network lawn {
}
variable rain {
  type discrete [ 2 ] { yes, no };
}
variable wet {
  type discrete [ 2 ] { yes, no };
}
probability ( rain ) {
  table 0.2, 0.8;
}
probability ( wet | rain ) {
  (yes) 0.9, 0.1;
  (no) 0.3, 0.7;
}
"""


def read(text: str | bytes, format: str | None = None) -> Network:
    stream = io.StringIO(text) if isinstance(text, str) else io.BytesIO(text)
    return Network.read(stream, format)


def written(network: Network, format: str) -> str:
    out = io.StringIO()
    network.write(out, format=format)
    return out.getvalue()


def same(found: Network, expected: Network) -> None:
    """Variables, parents and every bit of every table."""
    assert found.variables == expected.variables
    for name, cpt in expected.cpts.items():
        assert found.cpts[name].parents == cpt.parents
        np.testing.assert_array_equal(found.cpts[name].table, cpt.table)


def wet(text: str | bytes, format: str | None = None) -> float:
    """P(wet = yes), or of B in the files of the folder."""
    network = read(text, format)
    return Engine(network).query(list(network.variables)[-1]).table[0]


# -- there and back ----------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_gives_back_what_it_took(format):
    rng = np.random.default_rng(3)
    for _ in range(20):
        network = random_network(rng, nodes=8)
        same(read(written(network, format), format), network)


@st.composite
def networks(draw) -> Network:
    """Up to five variables with names that no format likes."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    variables, cpts = [], []
    for i, name in enumerate(names):
        states = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
        parents = draw(st.lists(st.sampled_from(names[:i]), max_size=3, unique=True)) if i else []
        variables.append(Variable(name, tuple(states)))
        shape = [len(variables[names.index(parent)]) for parent in parents]
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        table = rng.dirichlet(np.ones(len(states)), size=shape)
        cpts.append(Cpt(name, tuple(parents), table.reshape(*shape, len(states))))
    return Network.of(variables, cpts)


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(network=networks())
def test_any_name_comes_back(format, network):
    same(read(written(network, format).encode(), format), network)


@pytest.mark.parametrize("name", example_names())
@pytest.mark.slow
def test_every_published_network_is_read_and_written(name):
    network = Network.example(name)
    for format in ("bif", "xmlbif"):
        same(read(written(network, format), format), network)


@pytest.mark.parametrize("suffix", ["bif", "XML", "bif.gz", "net", "xdsl", "UAI", "bifxml.gz"])
def test_files_are_known_by_their_suffix_in_any_case(suffix, tmp_path):
    network = read(RAIN)
    path = tmp_path / f"lawn.{suffix}"
    network.write(path)
    same(Network.read(str(path)), network)
    assert (path.read_bytes()[:2] == source.GZIP_MAGIC) == suffix.endswith("gz")


@pytest.mark.parametrize("format", FORMATS)
def test_streams_of_text_and_bytes_are_known_by_their_first_words(format):
    network = read(RAIN)
    text = written(network, format)
    same(read(text), network)
    same(read(text.encode()), network)
    same(read(gzip.compress(text.encode()), format), network)


def test_a_stream_is_left_open():
    stream = io.BytesIO(gzip.compress(RAIN.encode()))
    same(Network.read(stream, "bif"), read(RAIN))
    assert not stream.closed


def test_comments_do_not_disturb(tmp_path):
    network = read(RAIN)
    for format in FORMATS:
        out = io.StringIO()
        network.write(out, ["made by -- hand", "} { ; 5"], format)
        assert "made by" in out.getvalue()
        same(read(out.getvalue(), format), network)


def test_what_cannot_come_back_is_not_written(tmp_path):
    path = tmp_path / "x.bif"
    for word in (" a", "a\nb", "", "a\0"):
        network = Network.of([Variable("v", (word, "b"))], [Cpt("v", (), [0.5, 0.5])])
        with pytest.raises(UsageError, match="cannot be written"):
            network.write(path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_half_written(tmp_path):
    network = read(RAIN)
    with pytest.raises(UsageError, match="there is no folder"):
        network.write(tmp_path / "none" / "x.bif")
    with pytest.raises(UsageError, match="unknown format '.dne'; expected .bif"):
        network.write(tmp_path / "x.dne")
    (tmp_path / "folder.bif").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        network.write(tmp_path / "folder.bif")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.bif"]


# -- other programs ----------------------------------------------------------------------------


def agrum_table(other, name: str, cpt: Cpt) -> np.ndarray:
    """pyAgrum's table with our axes."""
    found = other.cpt(name)
    axes = list(found.names)[::-1]
    return found.toarray().transpose([axes.index(axis) for axis in (*cpt.parents, name)])


@pytest.fixture(scope="module")
def plain() -> Network:
    """Three parents of unlike numbers of states, with names that every program takes."""
    rng = np.random.default_rng(8)
    sizes = {"a": 2, "b": 3, "c": 4, "d": 2}
    parents = {"a": (), "b": ("a",), "c": ("b", "a"), "d": ("c", "a", "b")}
    variables = [Variable(n, tuple(f"{n}{i}" for i in range(k))) for n, k in sizes.items()]
    cpts = [
        Cpt(n, parents[n], rng.dirichlet(np.ones(k), size=[sizes[p] for p in parents[n]]))
        for n, k in sizes.items()
    ]
    return Network.of(
        variables,
        [
            Cpt(c.variable, c.parents, c.table.reshape(*[sizes[p] for p in c.parents], -1))
            for c in cpts
        ],
    )


@pytest.mark.parametrize(("suffix", "atol"), [("bif", 1e-7), ("bifxml", 0), ("net", 1e-7)])
def test_pyagrum_reads_what_we_write_and_we_what_it_writes(plain, suffix, atol, tmp_path):
    import pyagrum

    path = tmp_path / f"n.{suffix}"
    plain.write(path)
    other = pyagrum.loadBN(str(path))
    pyagrum.saveBN(other, str(path))
    again = Network.read(path)
    for name, cpt in plain.cpts.items():
        assert other.variable(name).labels() == plain.variables[name].states
        np.testing.assert_allclose(agrum_table(other, name, cpt), cpt.table, atol=atol, rtol=0)
        back = again.cpts[name]
        order = [(*back.parents, name).index(axis) for axis in (*cpt.parents, name)]
        # pyAgrum prints few digits.
        np.testing.assert_allclose(back.table.transpose(order), cpt.table, atol=1e-4)


@pytest.mark.parametrize("suffix", ["xdsl", "uai"])
def test_files_of_pyagrum_mean_what_they_mean_there(plain, suffix, tmp_path):
    """It lets the first parent run faster than the last, against the manuals of both formats."""
    import pyagrum

    path = tmp_path / f"n.{suffix}"
    pyagrum.saveBN(to_agrum(plain), str(path))
    found = Network.read(path)
    joint = Engine(found).query(list(found.variables)).table
    names = list(found.variables)
    ours = list(plain.variables) if suffix == "uai" else names
    order = [names.index(str(i)) for i in range(4)] if suffix == "uai" else range(4)
    expected = Engine(plain).query(ours).table
    np.testing.assert_allclose(joint.transpose(*order), expected, atol=1e-5)


@pytest.mark.parametrize("suffix", ["bif", "xmlbif", "net", "xdsl"])
@pytest.mark.slow
def test_pgmpy_reads_what_we_write(plain, suffix, tmp_path):
    from pgmpy import readwrite

    path = tmp_path / f"n.{suffix}"
    plain.write(path)
    reader = getattr(readwrite, f"{suffix.upper()}Reader")
    found = Network.from_pgmpy(reader(str(path)).get_model())
    for name, cpt in plain.cpts.items():
        other = found.cpts[name]
        order = [(*other.parents, name).index(axis) for axis in (*cpt.parents, name)]
        np.testing.assert_allclose(other.table.transpose(order), cpt.table, atol=1e-9)


def test_uai_lets_the_last_variable_of_a_scope_run_fastest():
    """pgmpy and pyAgrum read scopes of three otherwise; of two pyAgrum reads them so too."""
    network = read(
        "BAYES\n3\n2 2 2\n3\n1 0\n1 1\n3 1 0 2\n2 .1 .9\n2 .2 .8\n8 .1 .9 .2 .8 .3 .7 .4 .6"
    )
    assert network.cpts["2"].parents == ("1", "0")
    np.testing.assert_allclose(network.cpts["2"].table[..., 0], [[0.1, 0.2], [0.3, 0.4]])


GENIE = """<?xml version="1.0" encoding="UTF-8"?>
<smile version="1.0" id="Asia" numsamples="10000" discsamples="10000">
  <nodes>
    <cpt id="smoke" diagtype="observation" ranked="true">
      <state id="no" /><state id="yes" /><probabilities>0.5 0.5</probabilities></cpt>
    <cpt id="either"><state id="no" /><state id="yes" /><parents>smoke</parents>
      <probabilities>0.9896 0.0104 0.8904 0.1096</probabilities></cpt>
    <cpt id="bronc" diagtype="target"><state id="no" label="F15" />
      <state id="yes" label="F16" fault="true" /><parents>smoke</parents>
      <probabilities>0.7 0.3 0.4 0.6</probabilities></cpt>
    <cpt id="dysp"><state id="no" /><state id="yes" /><parents>either bronc</parents>
      <probabilities>0.9 0.1 0.2 0.8 0.3 0.7 0.1 0.9</probabilities></cpt>
  </nodes>
  <extensions><genie version="1.0" app="GeNIe 5.0.4830.2" name="Asia" /></extensions>
</smile>
"""


def test_xdsl_has_the_order_of_genie():
    """Shortness of breath as in Lauritzen and Spiegelhalter 1988, laid out as GeNIe does."""
    found = read(GENIE)
    asia = Network.example("asia").cpts["dysp"]
    assert found.cpts["dysp"].parents == asia.parents[::-1] == ("either", "bronc")
    np.testing.assert_array_equal(
        found.cpts["dysp"].table[::-1, ::-1, ::-1], asia.table.transpose(1, 0, 2)
    )


def test_xdsl_noisy_max_and_deterministic_nodes():
    """Worked by hand: fever is off where both parents' effects and the leak's stay off."""
    text = GENIE.replace(
        "</nodes>",
        """<noisymax id="fever"><state id="on" /><state id="off" /><parents>smoke bronc</parents>
        <strengths>1 0 1 0</strengths>
        <parameters>0.6 0.4 0 1 0.5 0.5 0 1 0.1 0.9</parameters></noisymax>
        <deterministic id="both"><state id="n" /><state id="y" /><parents>smoke bronc</parents>
        <resultingstates>n n n y</resultingstates></deterministic></nodes>""",
    )
    network = read(text)
    off = [[0.9, 0.9 * 0.5], [0.9 * 0.4, 0.9 * 0.4 * 0.5]]
    np.testing.assert_allclose(network.cpts["fever"].table[..., 1], off)
    np.testing.assert_array_equal(network.cpts["both"].table[..., 1], [[0, 0], [0, 1]])


def test_hugin_files():
    text = """net { node_size = (50 50); }
    discrete node C1 { label = "rain; 100 % { }"; position = (10 20); states = ("y \\"1\\"" "no"); }
    node w { states = (yes no); }  % a comment } ;
    potential (C1) { data = (0.2 0.8); }
    potential (w | C1) { data = ((0.9 0.1)  % y
        (0.3 0.7)); experience = (10 20); }"""
    network = read(text)
    assert network.variables["C1"].states == ('y "1"', "no")
    assert Engine(network).query("w").table[0] == pytest.approx(0.42, abs=1e-15)


# -- BIF as it is found ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        ("(no) 0.3, 0.7;\n}\n", "(no) 0.3, 0.7;\n}"),
        ("0.8;\n}", "0.8;\n} // prior"),
        ("0.8;\n}", "0.8;\n} /* prior\n } of { */"),
        ("0.8;\n}", "0.8;\n} /*/ { */ /**/ /* // */"),
        ("\n", " "),
        ("\n", "\r\n"),
        ("}", "} "),
        (" {", "\n{"),
        ("( wet | rain )", '( "wet" "rain" )'),
        ("( wet | rain )", "( wet, rain )"),
        ("(yes) 0.9, 0.1;\n  (no) 0.3, 0.7;", "table 0.9 // yes ; }\n 0.3 0.1 0.7;"),
        ("(yes) 0.9, 0.1;\n  (no) 0.3, 0.7;", "(no) .3 7e-1; default 0.9, 0.1;"),
        ("(yes) 0.9, 0.1;\n  (no) 0.3, 0.7;", "(no) 0.3 0.7;\n(yes) 0.9 1.0E-1;"),
        ("yes", '"[0,10)"'),
        ("yes", "very often"),
        ("yes", "oui/ja"),
        ("  type", '  property "probability ( A ) {" ;\n  type'),
        ("  type", "  property url = http://a.b ;\n  type"),
        ("type discrete [ 2 ] { yes, no }", "type discrete[2] {\n yes\n no\n}"),
        ("network lawn {\n}", 'network "a } lawn" { property x "{" ; }'),
        ("wet", "Rain"),
    ],
)
def test_bif_in_other_words_is_the_same_network(change):
    text = RAIN.replace(*change)
    assert text != RAIN
    assert wet(text, "bif") == pytest.approx(0.42, abs=1e-12)


def test_bif_in_windows_and_mac_files():
    for text in ("\ufeff" + RAIN.replace("\n", "\r\n"), RAIN.replace("\n", "\r")):
        assert wet(text.encode()) == pytest.approx(0.42, abs=1e-12)


def test_bif_default_alone_fills_every_row():
    text = RAIN.replace("(yes) 0.9, 0.1;\n  (no) 0.3, 0.7;", "default 0.4, 0.6;")
    assert wet(text) == pytest.approx(0.4, abs=1e-15)


def test_bif_parents_without_commas():
    text = RAIN.replace("( wet | rain )", "( wet | rain wind )") + (
        "variable wind { type discrete [ 2 ] { a, b }; }\nprobability ( wind ) { table .5 .5; }"
    )
    text = text.replace("(yes) 0.9, 0.1;\n  (no) 0.3, 0.7;", "table 1 1 0 0.5 0 0 1 0.5;")
    table = read(text).cpts["wet"].table
    np.testing.assert_array_equal(table, [[[1, 0], [1, 0]], [[0, 1], [0.5, 0.5]]])


@pytest.mark.parametrize(
    "file",
    [
        "no_newline_at_end.bif",
        "comment_after_brace.bif",
        *(
            f"{n}.xml"
            for n in (
                "network_without_name",
                "property_without_equals",
                "white_space_around_names",
                "aispace_namespace",
            )
        ),
    ],
)
def test_files_that_others_write(file):
    assert Engine(Network.read(FILES / file)).query("B").table[0] == pytest.approx(0.42, abs=1e-15)


# -- what is wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (("0.2, 0.8", "-0.2, 1.2"), "9:15", "rain: -0.2 is no probability"),
        (("0.2, 0.8", "nan, nan"), "9:15", "nan is no probability"),
        (("0.2, 0.8", "0.2, x"), "10:14", "'x' is no number"),
        (("0.2, 0.8", "0_2, 0.8"), "10:9", "'0_2' is no number"),
        (("0.2, 0.8", "0.2, 0.78"), "9:15", "sum to 0.98; expected 1 within 0.01"),
        (("0.2, 0.8", "0.2, 0.3, 0.5"), "9:15", "3 numbers; expected 2"),
        (("0.3, 0.7", "0.3, 0.5"), "14:4", "wet given rain=no: sum to 0.8"),
        (("0.3, 0.7", "0.3"), "14:7", "1 numbers; expected 2"),
        (("(no) 0.3", "(maybe) 0.3"), "14:4", "rain has no state 'maybe'; expected one of yes, no"),
        (("(no) 0.3", "(No) 0.3"), "14:4", "rain has no state 'No'"),
        (("(no) 0.3", "(no, no) 0.3"), "14:4", "2 states; expected 1, of rain"),
        (("(no) 0.3", "(yes) 0.3"), "14:4", "(yes) of wet stands twice, first in line 13"),
        (("  (no) 0.3, 0.7;\n", ""), "12:15", "the row (no) is missing"),
        (("0.7;", "0.7"), "14:3", "expected '(states) numbers;'"),
        (("| rain", "| rian"), "12:15", "unknown variable 'rian'; nearest: rain"),
        (("| rain", "| wet"), "12:15", "wet stands twice"),
        (("variable wet", "variable rain"), "6:10", "rain stands twice, first in line 3"),
        (("0.7;\n}", "0.7;\n}\nprobability ( rain ) { table 1 0; }"), "16:15", "first in line 9"),
        (("{ yes, no }", "{ yes, yes }"), "3:10", "state 'yes' stands twice"),
        (("[ 2 ]", "[ 3 ]"), "4:24", "2 states; expected 3"),
        (("type discrete", "type continuous"), "3:10", "expected 'type discrete"),
        (("probability ( rain ) {\n  table 0.2, 0.8;\n}\n", ""), "3:10", "no probabilities"),
        (("network lawn {\n}", "<html>"), "1:1", "expected network, variable or probability"),
        (("}\nvariable wet", "}}\nvariable wet"), "5:2", "a closing brace too many"),
        (("0.7;\n}", "0.7;"), "12:1", "the file ends within this block"),
        (("lawn", "/* lawn"), "1:9", "the comment is not closed"),
    ],
)
def test_bif_mistakes_are_named_by_line_and_column(change, place, words):
    text = RAIN.replace(*change, 1)
    with pytest.raises(NetworkError) as error:
        read(text, "bif")
    assert str(error.value).startswith(f"stream:{place}: ")
    assert words in str(error.value)


def test_a_cycle_is_named():
    text = RAIN.replace("( rain ) {\n  table 0.2, 0.8;", "( rain | wet ) {\n default 0.2, 0.8;")
    with pytest.raises(NetworkError, match="stream: cycle: "):
        read(text)


@pytest.mark.parametrize(
    "file", ["empty.bif", "html_saved_as.bif", "variable_without_probability.bif"]
)
def test_files_that_are_no_network_are_refused(file):
    with pytest.raises(NetworkError, match=file):
        Network.read(FILES / file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<BIF><NETWORK>", "stream:1:15: no valid XML"),
        ("<html/>", "stream:1:1: expected <BIF>; got <html>"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><BIF/>", "declares the entity 'x'"),
        ("<BIF><VARIABLE TYPE='decision'/></BIF>", "influence diagram"),
        ("<BIF><VARIABLE/></BIF>", "<VARIABLE> has 0 <NAME>; expected one"),
        ("<BIF><VARIABLE><NAME>a</NAME></VARIABLE></BIF>", "variable a has no state"),
        ("<BIF><DEFINITION><FOR>a</FOR></DEFINITION></BIF>", "has no <TABLE>"),
        (
            "<BIF><DEFINITION><FOR>a</FOR>\n<TABLE>1\n 2 x</TABLE></DEFINITION></BIF>",
            "stream:3:4: 'x' is no number",
        ),
    ],
)
def test_xml_mistakes_are_named(text, words):
    with pytest.raises(NetworkError) as error:
        read(text, "xmlbif")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('<cpt id="smoke"', '<utility id="smoke"'), "4:5: a node of type 'utility'"),
        (("either bronc", "either bronk"), "unknown variable 'bronk'; nearest: bronc"),
        (("0.9896", "0,9896"), "5 numbers; expected 4 (2 x 2)"),
        (("0.9896", "o.9896"), "7:22: node either: 'o.9896' is no number"),
        (("either bronc", "either"), "8 numbers; expected 4 (2 x 2)"),
        (('id="bronc"', 'id="either"'), "node either stands twice, first in line 6"),
    ],
)
def test_xdsl_mistakes_are_named(change, words):
    text = GENIE.replace(*change)
    text = (
        text.replace("</cpt>\n  </nodes>", "</utility>\n  </nodes>") if "utility" in text else text
    )
    with pytest.raises(NetworkError) as error:
        read(text, "xdsl")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("format", "text", "words"),
    [
        ("net", "net { } utility U { }", "1:9: a utility: only discrete nodes"),
        ("net", 'net { } node a { label = "x"; }', "1:14: node a has no states"),
        ("net", "net { } node a { states = (y n) }", "1:18: expected 'name = value;' or '}'"),
        ("net", "net { } potential (a) { data = (1 x); }", "1:35: the potential of a: 'x'"),
        ("net", "nett { }", "1:1: expected net, node or potential; got 'nett { }'"),
        ("uai", "MARKOV 1 2", "1:1: a MARKOV network: expected BAYES"),
        ("uai", "BAYES\n1\n2\n1\n1 0\n2 0.5", "6:3: the file ends; expected 2 numbers"),
        ("uai", "BAYES\n1\n2\n1\n1 0\n2 0.5 x", "6:7: 'x' is no number"),
        ("uai", "BAYES\n1\n2\n1\n1 1\n2 0.5 0.5", "5:1: a scope with variable 1"),
        ("uai", "BAYES\n1\n0\n", "3:1: '0': expected a whole number from 1"),
        ("uai", "BAYES\n1\n2\n1\n1 0\n2 0.5 0.5 1", "6:11: expected the end; got '1'"),
    ],
)
def test_mistakes_in_other_formats_are_named(format, text, words):
    with pytest.raises(NetworkError) as error:
        read(text, format)
    assert str(error.value).startswith(f"stream:{words}")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_text_that_is_not_utf8_is_refused(encoding):
    with pytest.raises(NetworkError, match=r"stream:\d: is not UTF-8 .*; save it as UTF-8"):
        read(RAIN.replace("yes", "früh").encode(encoding), "bif")


def test_what_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "x.dne").touch()
    for path, words in (("none.bif", "no such file"), ("x.dne", "unknown format '.dne'")):
        with pytest.raises(UsageError, match=words):
            Network.read(tmp_path / path)
    (tmp_path / "x.bif").mkdir()
    with pytest.raises(UsageError, match="x.bif: cannot be read: Is a directory"):
        Network.read(tmp_path / "x.bif")
    with pytest.raises(UsageError, match="of no known format; expected one of BIF"):
        read("hello")
    with pytest.raises(UsageError, match="unknown format 'bfi'; expected .*nearest: bif"):
        read(RAIN, "bfi")
    with pytest.raises(UsageError, match="cannot read a network from int"):
        Network.read(3)
    with pytest.raises(UsageError, match="no example is called 'hepar'; nearest: hepar2"):
        Network.example("hepar")


def test_a_cut_off_or_huge_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "x.bif.gz"
    path.write_bytes(gzip.compress(written(Network.example("hailfinder"), "bif").encode())[:-20])
    with pytest.raises(NetworkError, match=r"x\.bif\.gz: no whole gzip file"):
        Network.read(path)
    monkeypatch.setattr(source, "LARGEST_FILE", 1000)
    with pytest.raises(NetworkError, match="larger than 1,000 bytes"):
        read(gzip.compress(b" " * 10**6), "xmlbif")


def test_a_table_that_memory_cannot_hold_is_refused():
    states = ", ".join(map(str, range(1000)))
    text = "".join(
        f"variable v{i} {{ type discrete [ 1000 ] {{ {states} }}; }}\n" for i in range(4)
    )
    text += "probability ( v0 | v1, v2, v3 ) { default 1; }"
    with pytest.raises(NetworkError, match="would have 1,000,000,000,000 numbers"):
        read(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
@pytest.mark.slow
def test_a_damaged_file_is_refused_in_words_or_read(data):
    """One character left out, doubled or changed: a network or NetworkError, nothing else."""
    format = data.draw(st.sampled_from(FORMATS))
    rain = RAIN.replace("yes", data.draw(st.sampled_from(["yes", '"very often"', '"[0,10)"'])))
    text = written(read(rain), format)
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.sampled_from(["", text[at] * 2, *"(){}[];,|\"'\\<>/&=.-0x% #\n\0é"]))
    try:
        found = read(text[:at] + put + text[at + 1 :], format)
    except NetworkError as error:
        assert str(error).startswith("stream:")
    else:
        assert len(found.variables) <= 3


def test_names_stand_in_json_behind_the_tables_of_uai():
    text = written(read(RAIN), "uai")
    assert json.loads(text.splitlines()[-1].removeprefix("# 1 ")) == ["wet", "yes", "no"]
    assert list(read(text.split("#")[0]).variables) == ["0", "1"]


def test_blocks_may_stand_in_any_order():
    network = Network.example("hailfinder")
    rng = np.random.default_rng(0)
    blocks = written(network, "bif").split("\n}\n")[:-1]
    rng.shuffle(blocks)
    found = read("\n}\n".join([*blocks, ""]))
    for name, cpt in network.cpts.items():
        np.testing.assert_array_equal(found.cpts[name].table, cpt.table)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("bif", f"network a {{ }} variable v {{ type discrete [ {'9' * 5000} ] {{ x, y }}; }}"),
        ("uai", f"BAYES 1 {'9' * 5000}"),
        (
            "bif",
            "network a { } variable v { type discrete [ 1 ] { x }; } probability (,) { table 1; }",
        ),
        (
            "bif",
            "network a { } variable v { type discrete [ 1 ] { x }; } probability (|) { table 1; }",
        ),
    ],
)
def test_what_made_readers_stumble_is_refused_in_words(format, text):
    with pytest.raises(NetworkError, match="expected") as refused:
        read(text, format)
    assert len(str(refused.value)) < 1000
