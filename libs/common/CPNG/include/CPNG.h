// Stands in for the reader and writer of PNG.
#pragma once
