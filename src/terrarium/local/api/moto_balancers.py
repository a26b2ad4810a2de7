"""Where moto looks into its own Elastic Load Balancing, which knows nothing of the balancers that are alive here.

Lives in moto's process only. What moto would do there is let go: nobody asks it how targets are.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


def let_target_groups_go() -> None:
    """Auto Scaling groups name target groups of ours, and moto registers their instances with its own alone.

    It refused a group whose target groups it does not know; AWS asks them of Elastic Load Balancing.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/attach-load-balancer-asg.html
    """
    from moto.autoscaling.models import AutoScalingBackend

    if hasattr(AutoScalingBackend.update_attached_target_groups, "mended"):  # by a call to another service that asks it
        return
    update, detach = (
        AutoScalingBackend.update_attached_target_groups,
        AutoScalingBackend.detach_load_balancer_target_groups,
    )

    def update_known(self: Any, group_name: str) -> None:
        group = self.autoscaling_groups[group_name]
        every = group.target_group_arns
        group.target_group_arns = _known(self, every)
        try:
            update(self, group_name)
        finally:
            group.target_group_arns = every

    def detach_known(self: Any, group_name: str, target_group_arns: list[str]) -> None:
        detach(self, group_name, _known(self, target_group_arns))
        group = self.autoscaling_groups[group_name]
        group.target_group_arns = [arn for arn in group.target_group_arns if arn not in target_group_arns]

    update_known.mended = True  # type: ignore[attr-defined]  # a function takes any
    AutoScalingBackend.update_attached_target_groups = update_known  # type: ignore[method-assign]  # the purpose
    AutoScalingBackend.detach_load_balancer_target_groups = detach_known  # type: ignore[method-assign]  # likewise


def _known(backend: Any, arns: list[str]) -> list[str]:
    return [arn for arn in arns if arn in backend.elbv2_backend.target_groups]


class _Named(Struct, frozen=True):
    """What moto reads of a balancer behind an endpoint service, as far as its ARN tells."""

    arn: str
    type: str
    subnets: list[Any] = field(default_factory=list)


def take_balancers_by_name() -> None:
    """Endpoint services name balancers of ours; moto refused those that it does not know.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpointServiceConfiguration.html
    """
    from moto.ec2.models.vpc_service_configuration import VPCServiceConfigurationBackend

    own: Any = VPCServiceConfigurationBackend.elbv2_backend.fget  # type: ignore[attr-defined]  # it is a property

    class Balancers:
        def __init__(self, backend: Any) -> None:
            self._backend = backend

        def describe_load_balancers(self, arns: list[str], names: None) -> list[Any]:
            known = {one.arn: one for one in self._backend.load_balancers.values()}
            del names
            return [known.get(arn) or _Named(arn, "network" if "/net/" in arn else "gateway") for arn in arns]

    VPCServiceConfigurationBackend.elbv2_backend = property(lambda self: Balancers(own(self)))  # type: ignore[assignment]  # the purpose
