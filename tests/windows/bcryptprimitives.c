/* Wine 8 has no bcryptprimitives.dll, of which Rust's standard library takes ProcessPrng (every Windows since 8 has it).
   This stands in for it in the test's Wine alone and is never shipped. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) { return SystemFunction036(buffer, (ULONG)length); }
