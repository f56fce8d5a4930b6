#pragma once
#include "COpenSSL.h"
#include <stdatomic.h>

// Contexts that wait for their next use. A thread takes from its own place as long as fewer than this many run.
enum { COPENSSL_PLACES = 16 };
unsigned copenssl_place(void);
