"""Why a lead was or was not dialed: what happened so far, and what holds it now."""

from engine.explain.explanation import CampaignPart, Explanation, explain

__all__ = ["CampaignPart", "Explanation", "explain"]
