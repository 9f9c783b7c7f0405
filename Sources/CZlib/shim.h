// zlib, whose functions Swift imports as they are; its macros for starting a stream are spelled out where they are used.
#ifndef SLUICE_CZLIB_SHIM_H
#define SLUICE_CZLIB_SHIM_H

#include <zlib.h>

#endif
