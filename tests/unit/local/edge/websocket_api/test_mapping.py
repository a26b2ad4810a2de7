"""Mapping templates: the part of Velocity that they are written in, and what API Gateway gives them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.mapping import MappingError, MappingTemplate

PETS = json.dumps(
    {
        "pets": [{"id": 1, "type": "dog", "price": 249.99}, {"id": 2, "type": "cat", "price": 124.99}],
        "name": "O'Hara",
        "none": None,
        "yes": True,
        "errorMessage": '{"key1":"var1","key2":{"arr":[1,2,3]}}',
    }
)
CONTEXT = {"connectionId": "L0SM9cOFvHcCIhw=", "identity": {"sourceIp": "127.0.0.1"}}


def render(template: str, body: str = PETS) -> str:
    return MappingTemplate(template).render(body, CONTEXT, {"color": "blue", "a-b": "dashed"})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain {text} at 5$ #1", "plain {text} at 5$ #1"),
        ("$input.json('$.pets[0]')", '{"id":1,"type":"dog","price":249.99}'),
        ("$input.json('$.pets[*].type')", '["dog","cat"]'),
        ("$input.json('$..id')", "[1,2]"),
        ("$input.json('$.nothing')", ""),
        ("$input.json('$.name')", '"O\'Hara"'),
        ("$input.path('$.pets').size()", "2"),
        ("$input.path('$.pets[1].price')", "124.99"),
        ("$input.path('$.pets[-1]').type", "cat"),
        ("$input.path('$.pets')[0].type", "dog"),
        ("$input.path('$.none')|$input.path('$.yes')|$nothing|$!nothing.at.all()", "|true||"),
        ("$context.connectionId at ${context.identity.sourceIp}!", "L0SM9cOFvHcCIhw= at 127.0.0.1!"),
        ("$stageVariables.color ${stageVariables['a-b']} $stageVariables['color']", "blue dashed blue"),
        ("$util.escapeJavaScript($input.path('$.name'))", "O\\'Hara"),
        ("""$util.escapeJavaScript($input.path('$.name')).replaceAll("\\\\'", "'")""", "O'Hara"),
        ("$util.base64Encode('hello') $util.base64Decode('aGVsbG8=')", "aGVsbG8= hello"),
        ("$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", "a+b%26c a b&c"),
        ("#set($e = $util.parseJson($input.path('$.errorMessage')))$e.key2.arr[0]", "1"),
        ("#set($x = 1 + 2 * 3 - -1)$x", "8"),
        ("#set($x = 7 / 2)$x #set($y = 7 % 4)$y", "3 3"),
        ('#set($name = "you")#set($x = "hello $name")$x', "hello you"),
        ("#set($x = 'no $name here')$x", "no $name here"),
        ("#set($x = [1, 'two', [3]])$x[1] $x", "two [1, two, [3]]"),
        ('#set($x = {"a": 1, "b": null})$x.a $x', "1 {a=1, b=null}"),
        ('#set($x = {})#set($old = $x.put("k", "v"))$x.k$old', "v"),
        ("#if($input.path('$.yes') && !$nothing)yes#{else}no#end", "yes"),
        ("#if($x == 1)one#elseif('a' != 'b')two#{else}three#end", "two"),
        ("#if(3 gt 2 and 1 le 1)yes#end", "yes"),
        ("#if($nothing)never#end.", "."),
        ("#foreach($p in $input.path('$.pets'))$p.type#if($foreach.hasNext), #end#end", "dog, cat"),
        ("#foreach($i in [1..5])#if($i == 4)#break#end$i#end", "123"),
        ("#foreach($k in $input.path('$.pets[0]').keySet())$foreach.count:$k #end", "1:id 2:type 3:price "),
        ("#foreach($e in $input.path('$.pets[0]').entrySet())$e.key=$e.value;#end", "id=1;type=dog;price=249.99;"),
        ("before#stop after", "before"),
        ("a## a comment\nb#* another *#c", "abc"),
        ("#set($x = 1)\nafter", "after"),
        ("\\$input and \\#if", "$input and #if"),
        ("#if($x)", "error"),
        ("$input.path('$.name').toUpperCase().substring(0, 3)", "O'H"),
        ("$input.path('$.name').replaceAll('(H)(a)', '$2$1')", "O'aHra"),
    ],
)
def test_templates_make_what_velocity_makes(template: str, text: str) -> None:
    if text == "error":
        with pytest.raises(UserError, match="without its #end"):
            MappingTemplate(template)
        return
    assert render(template) == text


def test_a_body_that_is_no_json_can_be_passed_on() -> None:
    assert render("[$input.body]", "no json") == "[no json]"
    assert render("$input.path('$.a')", "no json") == ""


@pytest.mark.parametrize(
    "template",
    [
        "#foreach($x in $y)",
        "#set($x)",
        "#set(x = 1)",
        "#end",
        "$x.f(",
        "${x",
        "#if(1 ==)a#end",
        "#macro(m)#end",
        "#include('/etc/passwd')",
        "#parse('a')",
        "#evaluate($x)",
        "#if(" + "(" * 100_000 + "#end",
    ],
)
def test_what_cannot_be_read_is_refused_beforehand(template: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        MappingTemplate(template)


@pytest.mark.parametrize(
    "template",
    [
        "$input.path('pets')",
        "$input.path('$[?(@.a)]')",
        "$input.path('$.name').explode()",
        "$util.parseJson('{')",
        "$util.base64Decode('?')",
        "#foreach($x in 3)$x#end",
        "#foreach($x in [1..100000000])$x#end",
        "$input.path('$.name').substring('a')",
    ],
)
def test_what_cannot_be_applied_fails_by_name(template: str) -> None:
    with pytest.raises(MappingError):
        render(template)


@pytest.mark.parametrize("name", ["__class__", "__init__", "functions", "append"])
def test_a_template_sees_nothing_of_what_runs_it(name: str) -> None:
    for value in ("$input", "$util", "$context", "$input.path('$.pets')", "$input.path('$.name')"):
        assert render(f"{value}.{name}") == ""


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_json_comes_through_as_it_is(value: object) -> None:
    made = MappingTemplate("$input.json('$.x')").render(json.dumps({"x": value}), {}, {})
    assert made == "" if value is None else json.loads(made) == value


@given(st.text())
def test_escaped_text_is_a_json_text_once_its_quotes_are_back(text: str) -> None:
    template = """$util.escapeJavaScript($input.path('$.x')).replaceAll("\\\\'", "'")"""
    made = MappingTemplate(template).render(json.dumps({"x": text}), {}, {})
    if text:
        assert json.loads(f'"{made}"') == text


@given(st.text(alphabet="$#{}()[].!ifendset x'\"=", max_size=40))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        template = MappingTemplate(text)
        template.render(PETS, CONTEXT, {})
    except (UserError, MappingError):
        return
