// Stands in for the reader and writer of JPEG.
#pragma once
