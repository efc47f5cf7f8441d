"""Why a lead was or was not dialed: what happened so far, and what holds it now."""

from engine.explain.explanation import CampaignPart, Explanation, explain
from engine.explain.summary import SUMMARY_COLUMNS, CampaignSummary, summary

__all__ = ["SUMMARY_COLUMNS", "CampaignPart", "CampaignSummary", "Explanation", "explain", "summary"]
