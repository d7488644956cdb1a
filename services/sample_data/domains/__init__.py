"""The domains of the sample data, one module of scripts and people each."""

from services.sample_data.casting import Domain
from services.sample_data.domains.airline import AIRLINE
from services.sample_data.domains.banking import BANKING
from services.sample_data.domains.dining import DINING
from services.sample_data.domains.support import SUPPORT
from services.sample_data.domains.travel import TRAVEL
from services.sample_data.domains.wellness import WELLNESS
from services.sample_data.domains.work import WORK

DOMAINS: tuple[Domain, ...] = (SUPPORT, AIRLINE, DINING, TRAVEL, WELLNESS, WORK, BANKING)
