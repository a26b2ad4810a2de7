"""Programs as processes: what user data starts on an instance, with its service manager's and Nginx's parts."""

from terrarium.local.compute.programs.programs import Programs as Programs
from terrarium.local.compute.programs.settings import NginxSettings as NginxSettings
from terrarium.local.compute.programs.settings import ProgramSettings as ProgramSettings
from terrarium.local.compute.programs.settings import RestartPolicy as RestartPolicy
