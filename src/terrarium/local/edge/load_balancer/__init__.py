"""An Application Load Balancer on the laptop: rules, health, stickiness, redirects, WebSockets, AWS's error pages."""

from terrarium.local.edge.load_balancer.balancer import LoadBalancer as LoadBalancer
from terrarium.local.edge.load_balancer.relay import Relay as Relay
