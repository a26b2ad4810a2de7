"""Which kept calls are thought to have left nothing."""

from __future__ import annotations

from terrarium.local.api.dead_calls import dead, named, removed, removes
from terrarium.local.api.kept_call import KeptCall


def call(body: str = "", *, operation: str = "", method: str = "POST", path: str = "/") -> KeptCall:
    return KeptCall("any", operation, 0.0, "seed", method, path, (), body.encode())


def test_a_call_names_the_values_of_its_parameters() -> None:
    query = call("Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-0a1b2c3d&DryRun=false", operation="DeleteVpc")
    assert named(query) == {"vpc-0a1b2c3d"}
    json = call('{"Name": "orders", "Tags": [{"Key": "team", "Value": "é"}], "Count": 3}', operation="CreateTopic")
    assert named(json) == {"orders", "team"}
    rest = call(method="DELETE", path="/2013-04-01/hostedzone/Z0123?x=abc")
    assert named(rest) == {"Z0123", "abc"}
    xml = call("<Zone><Name>example.com</Name></Zone>", path="/2013-04-01/hostedzone")
    assert named(xml) == {"hostedzone", "example.com"}


def test_what_deletes_removes() -> None:
    assert removes(call(operation="DeleteRole"))
    assert removes(call(operation="TerminateInstances"))
    assert removes(call(method="DELETE", path="/restapis/a1"))
    assert not removes(call(operation="ScheduleKeyDeletion"))  # the key is there for days
    assert not removes(call(operation="CreateRole"))


def test_what_names_something_that_is_gone_is_dead_whether_asked_or_answered() -> None:
    calls = [
        call("Action=CreateVpc&CidrBlock=10.0.0.0/16", operation="CreateVpc"),
        call("Action=CreateVpc&CidrBlock=10.1.0.0/16", operation="CreateVpc"),
        call("Action=CreateTags&ResourceId.1=vpc-00000001&Tag.1.Key=a", operation="CreateTags"),
        call("Action=DeleteVpc&VpcId=vpc-00000001", operation="DeleteVpc"),
    ]
    answers = ["<vpcId>vpc-00000001</vpcId>", "<vpcId>vpc-00000002</vpcId>", "", ""]
    assert removed(calls) == {"vpc-00000001"}
    assert dead(calls, answers, {"vpc-00000001"}) == [0, 2, 3]
    assert dead(calls, answers, set()) == []


def test_a_name_that_is_no_id_counts_where_it_is_asked_for_alone() -> None:
    """Answers hold all kinds of words."""
    calls = [call('{"Name": "web"}', operation="CreateTopic"), call('{"Name": "webhook"}', operation="CreateTopic")]
    assert dead(calls, ["web", "web"], {"web"}) == [0]


def test_a_path_through_something_that_is_gone_is_dead() -> None:
    calls = [
        call(path="/2013-04-01/hostedzone/Z0123456789/rrset"),
        call(path="/2013-04-01/hostedzone/Z9876543210/rrset"),
    ]
    assert dead(calls, ["", ""], {"Z0123456789"}) == [0]
