/// The files beside this one, which the build puts into the executable.
public enum ConsolePages {
    public static let index = PackageResources.index_html
    public static let docs = PackageResources.docs_html
    /// Shown where Swagger UI is not installed.
    public static let docsMissing = PackageResources.docs_missing_html

    /// What the pages load, by name.
    public static let parts: [(name: String, bytes: [UInt8])] = [
        ("console.css", PackageResources.console_css),
        ("console.js", PackageResources.console_js),
        ("docs.css", PackageResources.docs_css),
        ("docs.js", PackageResources.docs_js),
        ("icon.svg", PackageResources.icon_svg),
        ("jobs.js", PackageResources.jobs_js),
        ("page.js", PackageResources.page_js),
        ("services.js", PackageResources.services_js),
        ("session.js", PackageResources.session_js),
    ]
}
