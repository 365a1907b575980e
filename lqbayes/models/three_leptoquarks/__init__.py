"""Three scalar leptoquarks: muon g-2, b -> s mu mu and radiative neutrino masses, by compiled functions of one parameter point."""
