"""Who may dial a lead that several campaigns want. Pure."""
