"""Physical constants of the formula set `full`, each with its unit and source.

PDG 2026 means the 2026 edition of the Review of Particle Physics. "flavio" means parameters of flavio 2.7.1, or what it computes from
them. The masses in R_i and g are those of the other formula sets, so that g is the same number in all of them.
"""

import math

G_F = 1.1663788e-5  # GeV^-2, PDG 2026
ALPHA_0 = 1 / 137.035999177  # CODATA 2022
ALPHA_B = 1 / 132.116  # alpha(4.8 GeV), flavio
ALPHA_K = 1 / 133.303  # alpha(2 GeV), flavio
SIN_W_SQ = 0.23121  # sin^2 of the weak mixing angle, MSbar at m_Z, PDG as in flavio
HBAR = 6.582119569e-25  # GeV s
PER_PS = 6.582119569e-13  # GeV, the energy of 1 ps^-1

M_ELECTRON, M_MUON, M_TAU = 0.51099895e-3, 0.1056583755, 1.77693  # GeV, PDG 2026
LEPTON_MASS = (M_ELECTRON, M_MUON, M_TAU)

# Masses of mesons in GeV, PDG 2026.
M_K0, M_KP, M_B0, M_BP, M_BS = 0.497611, 0.493677, 5.27972, 5.27942, 5.36693
M_D0, M_DP, M_DS = 1.86484, 1.86966, 1.96835
M_PI0, M_PIP = 0.1349768, 0.13957
M_PHI, M_RHO, M_KSTAR = 1.019461, 0.77526, 0.89555

# Lifetimes in s, PDG 2026.
TAU_KL, TAU_B0, TAU_BS, TAU_D0, TAU_TAU = 5.116e-8, 1.519e-12, 1.520e-12, 4.1037e-13, 2.903e-13

# Decay constants in GeV: FLAG as in flavio, flavio for phi and rho; that of the K* has no source that was read, its value is the usual one.
F_K, F_B, F_BS, F_D, F_PI = 0.1554, 0.1920, 0.2303, 0.2120, 0.1302
F_PHI, F_RHO, F_KSTAR = 0.231, 0.212, 0.204

# Masses of quarks in GeV, MSbar at the scale of the observable unless said: PDG 2026, running by flavio.
M_BOTTOM_48 = 4.094  # at 4.8 GeV
M_CHARM_PLUS_UP = 1.0971  # at 2 GeV: 1.0949 + 0.0022
M_CHARM_PLUS_DOWN = 1.0996
M_CHARM_PLUS_STRANGE = 1.1872
M_UP_PLUS_STRANGE = 0.0945
M_UP_PLUS_DOWN = 0.0069
M_CHARM = 1.27  # m_c(m_c), in the loop function
M_TOP = 162.9  # m_t(m_t), flavio, in the loop function
M_TOP_POLE = 172.6  # PDG 2026
M_HIGGS = 125.13  # GeV, PDG 2026

# Bag parameters, MSbar at the scale of the running factors: flavio (FLAG; GSSS arXiv:2212.10497; arXiv:1505.06639).
BAG_K, BAG_BD, BAG_BS, BAG_D, BAG_D_4 = 0.5237, 0.837, 0.826, 0.727, 0.87

# Branching ratios, PDG 2026.
BRANCHING_K_PI_MU_NU = 0.03352
BRANCHING_MU_E_NU_NU, BRANCHING_TAU_E_NU_NU, BRANCHING_TAU_MU_NU_NU = 1.0, 0.1782, 0.1739

# CKM matrix from tree-level inputs, as in flavio: Vus = 0.2248, Vub = 3.64e-3, Vcb = 0.04197, gamma = 1.15 rad, in the standard convention
# of phases.
V_US = 0.2248
CKM = (
    (0.9743981272559999 + 0j, 0.2248 + 0j, 0.001484884066043678 - 0.003323359642050435j),
    (-0.2246641334779828 - 0.0001359122197995139j, 0.9735319854905986 - 3.13558351112303e-05j, 0.04197 + 0j),
    (0.007989378073678098 - 0.003235443470604619j, -0.04122954127813343 - 0.0007464379003273991j, 0.9991122406917052 + 0j),
)
XI_S = CKM[2][2] * CKM[2][1].conjugate()  # V_tb V_ts*
XI_D = CKM[2][2] * CKM[2][0].conjugate()  # V_tb V_td*

SQRT_2 = math.sqrt(2)
N_B = G_F * ALPHA_B / (SQRT_2 * math.pi)  # GeV^-2, scale of the effective Hamiltonian of b decays without its CKM elements
N_K = G_F * ALPHA_K / (SQRT_2 * math.pi)  # GeV^-2, of kaon decays
C_SM = abs(XI_S) * N_B  # GeV^-2, positive as in the other formula sets: 8.186782942e-10

# Couplings of the Z to left- and right-handed charged leptons, and vector couplings to up and down quarks.
Z_LEFT, Z_RIGHT = -0.5 + SIN_W_SQ, SIN_W_SQ
Z_UP, Z_DOWN = 0.5 - 4 * SIN_W_SQ / 3, -0.5 + 2 * SIN_W_SQ / 3
Z_EXCHANGE = -8 * G_F / SQRT_2  # GeV^-2, of Z exchange per product of couplings
