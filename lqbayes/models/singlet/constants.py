"""Physical constants, each with its unit and source; PDG 2026 means the Review of Particle Physics of that year."""

import math

G_F = 1.1663788e-5  # GeV^-2, Fermi constant, PDG 2023
V_SQUARED = 1 / (math.sqrt(2) * G_F)  # GeV^2, vacuum expectation value v^2
ALPHA_0 = 1 / 137.035999177  # fine-structure constant at zero momentum, CODATA 2022
ALPHA_Z = 1 / 127.951  # at m_Z, PDG 2023
SIN_W_SQUARED = 0.23121  # sin^2 theta_W, MSbar at m_Z, PDG 2023
M_Z = 91.1876  # GeV, PDG

M_MUON, M_TAU = 0.1056583755, 1.77693  # GeV, PDG 2026
TAU_LIFETIME = 2.903e-13 / 6.582119569e-25  # GeV^-1: 290.3 fs, PDG 2026, over hbar in GeV s
M_TOP, M_CHARM = 162.5, 0.617  # GeV, MSbar, both at 162.5 GeV: from 172.5 (pole) and 1.273 GeV with the running of flavio 2.7.1
ALPHA_S_TOP = 0.1088  # alpha_s at 162.5 GeV, run from 0.1184 at m_Z

V_US, V_UB, V_CB = 0.2248, 0.00364, 0.04197  # moduli of the CKM matrix, as in flavio 2.7.1
DELTA_CKM = 1.15  # rad, CKM phase in the PDG's form, equal to gamma, as in flavio 2.7.1

M_D0, F_D, BAG_D = 1.86484, 0.2120, 0.727  # GeV, GeV, 1: PDG 2026; FLAG; MSbar at 3 GeV, arXiv:1505.06639
ETA_EW = 1.0071  # factor of charged currents in the SM, 1 + (alpha/pi) ln(m_Z/4.8 GeV)

R_D_SM, R_DST_SM = 0.296, 0.254  # HFLAV, CKM 2025: 0.296(4), 0.254(5)
BR_BC_TAUNU_SM, BR_B_TAUNU_SM, BR_DS_TAUNU_SM = 0.0236, 8.39e-5, 0.0532  # flavio 2.7.1 with decay constants 0.434, 0.188, 0.2499 GeV
BR_BK_NUNU_SM, BR_BKST_NUNU_SM = 4.71e-6, 9.81e-6  # flavio 2.7.1, without the part of B -> tau nu
C_NU_SM = -6.35  # X_t / s_W^2 with X_t = 1.47, arXiv:1409.4557
DELTA_M_BS_SM = 18.4  # ps^-1, +0.7 -1.2, arXiv:1909.11087
R_BOX = 1.30e-3  # box of the SM at m_b, fitted to flavio 2.7.1; arXiv:1712.06572 has 1.34e-3
G_A_SM, G_V_SM = -0.50127, -0.03712  # couplings of the Z to charged leptons, LEP and SLD electroweak fit, hep-ex/0509008
