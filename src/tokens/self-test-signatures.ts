/**
 * The data of the self-test: the modulus of its public key, and the signatures made before the private key was deleted.
 * A token of the self-test cannot be changed without a new key and all three signatures made again.
 */

export const selfTestModulus =
  'i1WQ1A_V6k_7N9zz86TsDJZPuayXeSOeLPQnmnNPgX2bepWdjDOP1L9nFNCt5o31l-0J_d7Oieudffq6-o_Dp0xTAqwjff0zwcPkswKxQw-ZyE' +
  '0ukWU2wMxIr5KgxFRSMQB6Af7CvARQ4Yz9hCq8EWYAe53rc3E6sIZCbHuFYQNvtMwEwnemqLQSg3ZfUbmfDljv4iVoaDL1rK1o_HbraRCFm2ng' +
  '4qJ_ope-0kW3C-ONmf9Ni0LVhs57XTCqSrp_aJZifnFD65RUllc2HX-cE7eID1z5JILrYbSTiY1HBAsFPmgYmOKfEywVZOobqWw2lNy_haKMjl' +
  'iGeHHhnm13vw'

/** RS256 over the tokens of self-test.ts. */
export const signatures = {
  good:
    'ZIhWOnoXgn11fVQXTJP1_PHSWod4mCj4yilQK1P4hGp7Oh5Jvcaz5jc6a-6FyyORSmOWl2op1UTR7-lUAPda81_Sts985IMf3XBNu-YnRB1811' +
    'u-Inbg8BeRvL0OOSVQ34CsxLd5AuucOxAuVXYKXNPeKINWpOpuIw4nJ3PQDvw8hf1GPBmXSJNkA7khoRv6g9CiTShNDc9PXvDUITe4mWipB_nJ' +
    'mIobBaN0lhDSVMUpcaIvg4QnkG_gJcBajFYPbkyVI2xM77CG2-MJkiYtmGCEUWaFyJ6LNCgXXaURVPQEzsi6NK2bfl3jMnCQVV9BJNPvxuurCh' +
    'j1v_682pk7aA',
  expired:
    'KUAhqBXHemaSvunZpztW5yDV-hjN9d7pL1ijcPuOUwu9sLMuN6rgMX70Hh_FRVHMQbJlVb6wU3nRWBthF-D7i0ezRIPdeKfdfpCe_Xj56zRHrT' +
    'mUJml--ehzZ7LCAzoJT6OjIeh8sKM8vmrjgbZkpKnUA8q1pgRq68zBvbNx9UP3i3_Vl3XK0DQFblKhRzkv64jyGLJjxepxDuzg81KI41IJiSee' +
    'j05fAdllNXaMKHC7F_o_n67aFT96T4DWwMhud8K3vQSfsQAfbwnuOktMbDNXM6Cok_blIFIGSewLVRM1mbV4B1kJRCRdaIACvyQquoEWhJQBv5' +
    'OgdXnGeBio8A',
  foreign:
    'RsLEUK8HW1L3zNSMKuhUXgIFqvg7avqaGYAGNTHGh2Af13W7sTaJciI34PmO-J8bBgwBtaJO8roMk0TelMOzcKMYdy0mCCcj8O9Fc6nRgBTd-I' +
    'yH-Q3qbI88UIQxakeNlYSoSnmDvYelRWUxvA-IpofR4zmzzgQ5ungD56h75QNIfMrgRKdqAoLxKHYU4tz5xHlGGPeYMNuOfoONeDfswmzUv6dr' +
    'o3rdCd3UjAQjLidcI52RKu-_ZWW9rGG-gKwmpiPDKapGiKC05BKQLJ9uVqGA_eBYXoeMEZ3WE5_Bd1pnbOsYocCZ5AkH0DyhlG4_D9V_YSo8L0' +
    'pw8m_AL4gMZg',
} as const
