// The block as whoever writes a page sees it: its fields, and words in place of the finder.
( function ( blocks, element, i18n, blockEditor, components ) {
	'use strict';
	var el = element.createElement;
	var __ = i18n.__;

	function choices( pairs ) {
		return pairs.map( function ( pair ) {
			return { value: pair[ 0 ], label: pair[ 1 ] };
		} );
	}

	function Edit( props ) {
		function field( control, name, more ) {
			var told = {
				key: name,
				value: props.attributes[ name ],
				onChange: function ( value ) {
					var changed = {};
					changed[ name ] = value;
					props.setAttributes( changed );
				},
			};
			return el( control, Object.assign( told, more ) );
		}

		var fields = [
			field( components.TextControl, 'condition', {
				label: __( 'Hip problem', 'specialist-finder' ),
				help: __( 'Its id, such as labral-tear; nothing for any.', 'specialist-finder' ),
			} ),
			field( components.SelectControl, 'stage', {
				label: __( 'In an emergency', 'specialist-finder' ),
				options: choices( [
					[ '', __( 'Ask whether it happens now', 'specialist-finder' ) ],
					[ 'now', __( 'It happens now', 'specialist-finder' ) ],
					[ 'treated', __( 'It was treated before', 'specialist-finder' ) ],
				] ),
			} ),
			field( components.SelectControl, 'lang', {
				label: __( 'Language', 'specialist-finder' ),
				options: choices( [
					[ '', __( 'The reader\'s own', 'specialist-finder' ) ],
					[ 'en', 'English' ],
					[ 'es', 'Español' ],
				] ),
			} ),
			field( components.SelectControl, 'variant', {
				label: __( 'How it is shown', 'specialist-finder' ),
				options: choices( [
					[ '', __( 'As the settings say', 'specialist-finder' ) ],
					[ 'iframe', __( 'Frame', 'specialist-finder' ) ],
					[ 'element', __( 'Element', 'specialist-finder' ) ],
					[ 'link', __( 'Link and form', 'specialist-finder' ) ],
				] ),
			} ),
			field( components.TextControl, 'title', {
				label: __( 'Title of the frame, or text of the link', 'specialist-finder' ),
			} ),
		];
		return el(
			'div',
			blockEditor.useBlockProps(),
			el(
				blockEditor.InspectorControls,
				null,
				el( components.PanelBody, { title: __( 'Specialist Finder', 'specialist-finder' ) }, fields )
			),
			el( components.Placeholder, {
				icon: 'location-alt',
				label: __( 'Specialist Finder', 'specialist-finder' ),
				instructions: __( 'Patients see the finder here.', 'specialist-finder' ) + ' ' + props.attributes.condition,
			} )
		);
	}

	blocks.registerBlockType( 'specialist-finder/finder', {
		edit: Edit,
		// The server writes the HTML each time the page is shown.
		save: function () {
			return null;
		},
	} );
} )( window.wp.blocks, window.wp.element, window.wp.i18n, window.wp.blockEditor, window.wp.components );
