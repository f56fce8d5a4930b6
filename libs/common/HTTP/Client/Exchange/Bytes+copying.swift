extension [UInt8] {
    /// One `memcpy`; the initialiser for sequences goes byte by byte over raw memory.
    init(copying bytes: Slice<UnsafeRawBufferPointer>) {
        self.init(UnsafeRawBufferPointer(rebasing: bytes).bindMemory(to: UInt8.self))
    }
}
